import { ProtocolError } from '../errors.ts'
import {
  checkSegment,
  notAbsolute,
  requireNoTrailingWhiteSpace,
  requirePathLength,
  requireText,
  type StoragePath,
} from './storage-path.ts'

/**
 * Makes a decoded request path canonical: empty and `.` segments vanish, `..` steps up (spec 01 §3.1).
 * @throws ProtocolError `path-…`
 */
export function normalizeStoragePath(text: string): StoragePath {
  requireText(text)
  if (!text.startsWith('/')) throw notAbsolute()
  const kept: string[] = []
  const segments = text.slice(1).split('/')
  for (const segment of segments) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') {
      checkSegment(segment)
      kept.push(segment)
    } else if (kept.pop() === undefined) {
      throw new ProtocolError('path-above-root', 'path traverses above root')
    }
  }
  const last = segments.at(-1)
  const isDirectoryShaped = last === '' || last === '.' || last === '..'
  const path = `/${kept.join('/')}${isDirectoryShaped && kept.length > 0 ? '/' : ''}`
  requirePathLength(path)
  requireNoTrailingWhiteSpace(path)
  return path as StoragePath
}
