import { HttpError } from '../kernel/http-error.ts'
import { lastValue, parseQuery, parseU16 } from './query.ts'

/** Paging of listings and of the feed (spec 02 §10.8). */
export interface ListQuery {
  /** 0…1000 */
  readonly limit: number
  /** Undefined when absent or empty. */
  readonly cursor: string | undefined
  readonly shallow: boolean
  readonly reverse: boolean
}

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000
const DEFAULTS: ListQuery = { limit: DEFAULT_LIMIT, cursor: undefined, shallow: false, reverse: false }

/** @throws HttpError 400 for a value that is no boolean; a limit that is none counts as absent */
export function parseListQuery(query: string): ListQuery {
  if (query === '') return DEFAULTS
  const parameters = parseQuery(query)
  const limit = parseU16(lastValue(parameters, 'limit') ?? '') ?? DEFAULT_LIMIT
  return {
    limit: Math.min(limit, MAX_LIMIT),
    cursor: lastValue(parameters, 'cursor') || undefined,
    shallow: parseBoolean(lastValue(parameters, 'shallow')),
    reverse: parseBoolean(lastValue(parameters, 'reverse')),
  }
}

function parseBoolean(value: string | undefined): boolean {
  switch (value?.toLowerCase()) {
    case undefined:
    case 'false':
    case 'no':
    case '0':
      return false
    case '':
    case 'true':
    case 'yes':
    case '1':
      return true
    default:
      throw new HttpError(400, 'Invalid boolean parameter', { contentType: null })
  }
}
