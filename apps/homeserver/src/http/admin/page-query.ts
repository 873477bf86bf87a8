/** Query parameters of the operator's lists (spec 03 §2.6, §2.13). */
import { parseU16 } from '../client/query.ts'
import { HttpError } from '../kernel/http-error.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/** 1…65535, cut to 1000; default 100. @throws HttpError 400 */
export function parsePageLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT
  const limit = parseU16(text)
  if (limit === undefined || limit === 0) throw badQuery('limit', 'expected a number from 1 to 65535')
  return Math.min(limit, MAX_LIMIT)
}

/** One of the words. @throws HttpError 400 */
export function parseChoice<W extends string>(
  name: string,
  text: string | undefined,
  words: readonly W[],
  fallback: W,
): W {
  if (text === undefined) return fallback
  const word = words.find((candidate) => candidate === text)
  if (word === undefined) throw badQuery(name, `unknown variant, expected one of ${words.join(', ')}`)
  return word
}

export function badQuery(name: string, reason: string): HttpError {
  return new HttpError(400, `Failed to deserialize query string: ${name}: ${reason}`)
}
