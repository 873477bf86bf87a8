/** Header and body grammar of write locks (spec 02 §10.12.2). */
import { isVisibleAscii } from '../kernel/wire.ts'
import type { ClientExchange } from './client-exchange.ts'

const TOKEN_SCHEME = 'opaquelocktoken:'
const DEFAULT_SECONDS = 30
const MAX_SECONDS = 60
const NONE: readonly string[] = []

/** Tokens that `If` presents, wherever they stand in it. */
export function presentedTokens(exchange: ClientExchange): readonly string[] {
  const fields = exchange.headers('if')
  if (fields.length === 0) return NONE
  return fields.filter(isVisibleAscii).flatMap(bracketed).filter(isToken).map(withoutScheme)
}

/** The token of `Lock-Token`; undefined when missing or malformed. */
export function lockToken(exchange: ClientExchange): string | undefined {
  const field = exchange.header('lock-token')
  if (field === undefined || !isVisibleAscii(field)) return undefined
  const [first = field.trim()] = bracketed(field)
  return isToken(first) ? withoutScheme(first) : undefined
}

/** Lifetime asked for by `Timeout`, clamped to 1…60 seconds. */
export function lockSeconds(exchange: ClientExchange): number {
  const field = exchange.header('timeout')
  if (field === undefined || !isVisibleAscii(field)) return DEFAULT_SECONDS
  for (const part of field.split(',')) {
    const wish = part.trim()
    if (wish.toLowerCase() === 'infinite') return MAX_SECONDS
    const seconds = wish.startsWith('Second-') ? parseI64(wish.slice('Second-'.length)) : undefined
    if (seconds !== undefined) return Math.min(Math.max(seconds, 1), MAX_SECONDS)
  }
  return DEFAULT_SECONDS
}

/** Whether a LOCK body asks for an exclusive write lock: nothing, or a `lockinfo` that names both and no `shared`. */
export function isExclusiveWriteLock(body: Uint8Array): boolean {
  if (body.length === 0) return true
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return false
  }
  const names = new Set(startTags(text))
  return names.has('exclusive') && names.has('write') && !names.has('shared')
}

/** Texts between `<` and the next `>`, trimmed; an unclosed `<` ends the scan. */
function bracketed(text: string): readonly string[] {
  const groups: string[] = []
  for (let open = text.indexOf('<'); open >= 0; ) {
    const close = text.indexOf('>', open)
    if (close < 0) break
    groups.push(text.slice(open + 1, close).trim())
    open = text.indexOf('<', close)
  }
  return groups
}

function isToken(text: string): boolean {
  return text.startsWith(TOKEN_SCHEME)
}

function withoutScheme(text: string): string {
  return text.slice(TOKEN_SCHEME.length)
}

function parseI64(text: string): number | undefined {
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined
  const value = BigInt(text)
  return BigInt.asIntN(64, value) === value ? Number(value) : undefined
}

/** Local names of the start tags, in order. */
function startTags(text: string): readonly string[] {
  return [...text.matchAll(/<([^/<>\s]+)/g)].map(([, name = '']) => name.slice(name.lastIndexOf(':') + 1))
}
