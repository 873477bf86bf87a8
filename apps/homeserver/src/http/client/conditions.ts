/** Conditional requests, preconditions and byte ranges (spec 02 §10.3, RFC 9110). */
import { parseHttpDate } from '@pubky/pkarr'
import type { WritePrecondition } from '../../store/store.ts'
import { isVisibleAscii } from '../kernel/wire.ts'
import type { ClientExchange } from './client-exchange.ts'

/** Validators of the stored version. */
export interface Validators {
  /** With quotes. */
  readonly etag: string
  /** IMF-fixdate. */
  readonly lastModified: string
}

/**
 * Whether the client has this version already: `If-None-Match` decides if it is there, else `If-Modified-Since`. Weak
 * tags and `*` match too (spec 02 §10.3, Better).
 */
export function isNotModified(exchange: ClientExchange, current: Validators): boolean {
  const tags = exchange.header('if-none-match')
  if (tags !== undefined && isVisibleAscii(tags)) {
    return tags.split(',').some((tag) => {
      const trimmed = tag.trim()
      return (
        trimmed === current.etag || trimmed === '*' || (trimmed.startsWith('W/') && trimmed.slice(2) === current.etag)
      )
    })
  }
  const since = exchange.header('if-modified-since')
  if (since === undefined) return false
  if (since === current.lastModified) return true
  const sinceMicroseconds = parseHttpDate(since)
  const modified = parseHttpDate(current.lastModified)
  return sinceMicroseconds !== undefined && modified !== undefined && sinceMicroseconds >= modified
}

/** Preconditions of a write; undefined when there are none. */
export function writePrecondition(exchange: ClientExchange): WritePrecondition | undefined {
  const ifMatch = tagList(exchange.headers('if-match'), false)
  const ifNoneMatch = tagList(exchange.headers('if-none-match'), true)
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  }
}

/** @param isWeak `W/"…"` names the version `"…"` too, as it does in `If-None-Match` (RFC 9110 §13.1.2) */
function tagList(fields: readonly string[], isWeak: boolean): '*' | readonly string[] | undefined {
  if (fields.length === 0) return undefined
  const tags = fields.flatMap((field) => field.split(',')).map((tag) => tag.trim())
  if (tags.includes('*')) return '*'
  return isWeak ? tags.map((tag) => tag.replace(/^W\//, '')) : tags
}

/** Bytes `start` to `end`, exclusive; `unsatisfiable` when nothing of what is asked for exists. */
export type ByteRange = { readonly start: number; readonly end: number } | 'unsatisfiable'

/**
 * The one range a GET asks for; undefined for none, several, another unit, a malformed header, or an `If-Range` that
 * names another version: then the whole file is the answer.
 */
export function requestedRange(exchange: ClientExchange, length: number, current: Validators): ByteRange | undefined {
  const range = exchange.header('range')
  if (range === undefined) return undefined
  const condition = exchange.header('if-range')
  if (condition !== undefined && condition !== current.etag && condition !== current.lastModified) return undefined
  const [, first = '', last = ''] = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(range) ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    const suffix = Math.min(Number(last), length)
    return suffix === 0 ? 'unsatisfiable' : { start: length - suffix, end: length }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  if (start >= length) return 'unsatisfiable'
  return { start, end: last === '' ? length : Math.min(Number(last) + 1, length) }
}
