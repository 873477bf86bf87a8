import { ProtocolError, percentDecodePath } from '@pubky/protocol'
import type { ClientExchange } from '../client/client-exchange.ts'
import type { AnswerPolicy, Fields } from '../kernel/exchange.ts'
import { decodeStoragePath } from './decode-path.ts'

const PATH_ADDRESSED = privatePolicy('Authorization, Cookie')
const LEGACY = privatePolicy('pubky-host, Authorization, Cookie')

/** Cache rules for every answer about a private path (spec 02 §10.9); undefined for public ones. */
export function privateCachePolicy(exchange: ClientExchange): AnswerPolicy | undefined {
  if (exchange.target !== undefined) return exchange.target.path.startsWith('/priv/') ? PATH_ADDRESSED : undefined
  return looksPrivate(exchange.path) ? LEGACY : undefined
}

/** For routes whose every answer is about who asks: sessions, grants, accounts (spec 02 §13.3, Better). */
export const noStorePolicy: AnswerPolicy = (_status, fields) => [...fields, 'cache-control', 'no-store']

/** Cache rules for every answer of `/events-stream` (spec 02 §11.3.2). */
export const eventStreamPolicy: AnswerPolicy = (_status, fields) => [
  ...without(fields, ['cache-control', 'vary']),
  ...['cache-control', 'no-store', 'vary', 'pubky-host, Authorization, Cookie'],
]

function privatePolicy(vary: string): AnswerPolicy {
  const added = ['cache-control', 'no-store', 'vary', vary]
  return (status, fields) => {
    const dropped = status >= 400 ? ['cache-control', 'vary', 'etag', 'last-modified'] : ['cache-control', 'vary']
    return [...without(fields, dropped), ...added]
  }
}

/** Raw, decoded or normalised: whichever of them is private makes the path private. */
function looksPrivate(rawPath: string): boolean {
  if (rawPath.startsWith('/pub/') && !/%|\/\./.test(rawPath)) return false
  if (rawPath.startsWith('/priv/')) return true
  const decoded = decodeStoragePath(rawPath)
  return ('path' in decoded && decoded.path.startsWith('/priv/')) || decodesToPrivate(rawPath)
}

/** Also for paths that no file can have, such as `/priv/%00`. */
function decodesToPrivate(rawPath: string): boolean {
  try {
    return percentDecodePath(rawPath).startsWith('/priv/')
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
}

function without(fields: Fields, names: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? ''
    if (!names.includes(name)) kept.push(name, fields[i + 1] ?? '')
  }
  return kept
}
