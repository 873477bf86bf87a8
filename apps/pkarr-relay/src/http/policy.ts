import type { ResolvePolicy } from '@pubky/pkarr'
import { Refusal } from './refusal.ts'

const POLICIES: readonly ResolvePolicy[] = ['CacheFirst', 'CacheOnly', 'NetworkOnly']

/**
 * The resolve policy of a request (spec 04 §2.3). A request without one that wants no cached answer, as old clients do
 * by `Cache-Control: no-cache`, gets what it means.
 *
 * @param query what follows the `?`, or an empty text
 * @throws {Refusal} 400
 */
export function policyOf(query: string, cacheControl: string | undefined): ResolvePolicy {
  const values = query === '' ? [] : new URLSearchParams(query).getAll('policy')
  const [value] = values
  if (values.length > 1) throw new Refusal(400, 'Failed to deserialize query string: duplicate field `policy`')
  if (value === undefined) return /\bno-cache\b/i.test(cacheControl ?? '') ? 'NetworkOnly' : 'CacheFirst'
  const policy = POLICIES.find((candidate) => candidate === value)
  if (policy !== undefined) return policy
  throw new Refusal(400, `Failed to deserialize query string: policy: invalid resolve policy: ${value}`)
}
