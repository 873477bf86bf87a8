import { utf8Length } from '@pubky/crypto'
import { ProtocolError } from '../errors.ts'

/** Longest segment of a path, in UTF-8 bytes. */
export const MAX_SEGMENT_BYTES = 255
/** Longest path, in UTF-8 bytes: an entry key of 1024 bytes without its 52-byte owner. */
export const MAX_PATH_BYTES = 972

declare const checked: unique symbol

/**
 * A canonical, decoded, absolute path such as `/pub/app/My File.txt` (spec 01 §3.1). `%` has no meaning in it. Only
 * {@link parseStoragePath} and `normalizeStoragePath` make one; everywhere else it is used as a string.
 */
export type StoragePath = string & { readonly [checked]: true }

/** A path whose segments start with a character that no special segment starts with. */
const SHORT_PLAIN_PATH = /^(?:\/[\w~-][!-.0-[\]-~]*)+\/?$/
const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
/** Unicode White_Space. `\s` differs: it has U+FEFF and lacks U+0085. */
const ENDS_IN_WHITE_SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/

/**
 * Reads a path that must be canonical already: capability scopes, stored values, list cursors (spec 01 §3.1).
 * @throws ProtocolError `path-…`
 */
export function parseStoragePath(text: string): StoragePath {
  if (isShortAndPlain(text)) return text as StoragePath
  requireText(text)
  if (!text.startsWith('/')) throw notAbsolute()
  requirePathLength(text)
  if (text !== '/') {
    const segments = text.slice(1).split('/')
    segments.forEach((segment, index) => {
      if (segment === '') {
        if (index === segments.length - 1) return
        throw new ProtocolError('path-empty-segment', 'path contains an empty segment')
      }
      if (segment === '.') throw new ProtocolError('path-current-directory', 'path contains a `.` segment')
      if (segment === '..') throw new ProtocolError('path-parent-directory', 'path contains a `..` segment')
      checkSegment(segment)
    })
  }
  requireNoTrailingWhiteSpace(text)
  return text as StoragePath
}

/** Whether a path names a directory: it ends with `/`, as the root does. */
export function isDirectory(path: StoragePath): boolean {
  return path.endsWith('/')
}

/** Whether a scope covers a path: it is the path, or a directory above it (spec 01 §2.3). */
export function scopeCovers(scope: StoragePath, path: StoragePath): boolean {
  return scope === path || (scope.endsWith('/') && path.startsWith(scope))
}

/** The names between the slashes; none for the root. */
export function segmentsOf(path: StoragePath): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/** True for most canonical paths, without looking at each segment. */
function isShortAndPlain(path: string): boolean {
  return path.length <= MAX_SEGMENT_BYTES && SHORT_PLAIN_PATH.test(path)
}

/** Checks one name of a path, which is not special. @throws ProtocolError `path-…` */
export function checkSegment(segment: string): void {
  if (segment.length <= MAX_SEGMENT_BYTES && PLAIN.test(segment)) return
  const length = utf8Length(segment)
  if (length > MAX_SEGMENT_BYTES) {
    throw new ProtocolError('path-segment-too-long', `path segment is ${length} bytes; maximum is ${MAX_SEGMENT_BYTES}`)
  }
  if (CONTROL.test(segment)) throw new ProtocolError('path-control-character', 'path contains a control character')
  if (segment.includes('\\')) throw new ProtocolError('path-backslash', 'path must not contain a backslash')
}

/** @throws ProtocolError `path-encoding` for a lone surrogate */
export function requireText(text: string): void {
  if (!text.isWellFormed()) throw new ProtocolError('path-encoding', 'path contains a lone surrogate')
}

/** @throws ProtocolError `path-too-long` */
export function requirePathLength(path: string): void {
  const length = utf8Length(path)
  if (length > MAX_PATH_BYTES) {
    throw new ProtocolError('path-too-long', `path is ${length} bytes; maximum is ${MAX_PATH_BYTES}`)
  }
}

/** @throws ProtocolError `path-trailing-whitespace` */
export function requireNoTrailingWhiteSpace(path: string): void {
  if (ENDS_IN_WHITE_SPACE.test(path)) {
    throw new ProtocolError('path-trailing-whitespace', 'path must not end in whitespace')
  }
}

/** The error for a path without a first slash. */
export function notAbsolute(): ProtocolError {
  return new ProtocolError('path-not-absolute', 'path must be absolute')
}
