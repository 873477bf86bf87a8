import { describe, expect, it } from 'vitest'
import { PubkyResource, PublicKey, resolvePubky } from '../src/index.ts'
import keys from '../vectors/keys-parse.json' with { type: 'json' }
import resources from '../vectors/resource.json' with { type: 'json' }

/** What a call gives or the message it throws. */
function outcome<T>(call: () => T): T | { error: string } {
  try {
    return call()
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

describe('PublicKey.from reads what the official one reads', () => {
  for (const { input, js_PublicKey_from: expected } of keys.cases) {
    it(JSON.stringify(input), () => {
      const key = outcome(() => PublicKey.from(input).z32())
      expect(key).toEqual('ok' in expected ? expected.ok : { error: expected.err })
    })
  }
})

/** Names that no server stores are refused here, where official SDKs send them and are refused there (spec 01 §3.3). */
const REFUSED_EARLIER = /[\t\r\n\\]|\s$/

describe('addresses', () => {
  for (const vector of resources.cases) {
    it(JSON.stringify(vector.input), () => {
      const parsed = outcome(() => {
        const resource = PubkyResource.parse(vector.input)
        return {
          path: resource.path,
          url: resource.toPubkyUrl(),
          identifier: resource.toString(),
          transport: resolvePubky(vector.input),
        }
      })
      if (REFUSED_EARLIER.test(vector.input)) {
        expect(parsed).toHaveProperty('error')
        return
      }
      expect(parsed).toEqual(
        vector.error === undefined
          ? {
              path: vector.path,
              url: vector.pubky_url,
              identifier: vector.identifier,
              transport: vector.transport_head,
            }
          : { error: `Request failed: Invalid request/URI: ${vector.error}` },
      )
    })
  }
})
