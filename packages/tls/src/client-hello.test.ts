import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mutate, seededRandom } from '../test/mutations.ts'
import { hex, vectors } from '../test/vectors.ts'
import { CIPHER_SUITES } from './cipher-suites.ts'
import { decodeClientHello, encodeClientHello, isHostName, keySharesOf, serverNameOf } from './client-hello.ts'
import { TlsError } from './errors.ts'
import { generateKeyShare, NAMED_GROUPS } from './key-exchange.ts'
import { negotiate } from './negotiation.ts'

describe('ClientHello', () => {
  test('what we encode decodes to the same, and our own server takes it', () => {
    const [keyShare, other] = NAMED_GROUPS.map(generateKeyShare)
    const hostName = fc.stringMatching(/^[!-~]{1,255}$/)
    fc.assert(
      fc.property(hostName, fc.uint8Array({ maxLength: 32 }), fc.boolean(), (servername, id, p256) => {
        const share = p256 ? other! : keyShare!
        const fields = { random: Buffer.alloc(32, 1), sessionId: Buffer.from(id), servername, keyShare: share }
        const groups = p256 ? [...NAMED_GROUPS].reverse() : NAMED_GROUPS
        const hello = decodeClientHello(
          encodeClientHello({ ...fields, suites: CIPHER_SUITES, groups, cookie: undefined }),
        )
        expect(serverNameOf(hello)).toBe(servername)
        expect(hello.sessionId).toEqual(fields.sessionId)
        expect(keySharesOf(hello)?.get(share.group.id)).toEqual(share.publicValue)
        expect(negotiate(hello)).toMatchObject({ suite: CIPHER_SUITES[0], group: share.group, servername })
      }),
    )
  })

  test('a changed one gives a value or a TlsError with an alert', () => {
    const random = seededRandom(7)
    const seeds = [
      vectors.tls13Rpk.messages.client_hello,
      vectors.tls13Rpk.officialClientHelloShape.recordHex.slice(10),
    ]
    for (let i = 0; i < 3000; i++) {
      const bytes = mutate(hex(seeds[i % 2]!), random)
      try {
        negotiate(decodeClientHello(bytes.length < 4 ? Buffer.alloc(4) : bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(TlsError)
        expect(error).toHaveProperty('alert', expect.any(Number))
      }
    }
  })
})

test.each([
  ['a', true],
  ['_pubky.tkrq8zmwb8a3m9k15csu3q17qmfgqnp9dskbrg9uq1rydpyxp7qy', true],
  ['x'.repeat(255), true],
  ['x'.repeat(256), false],
  ['', false],
  ['a b', false],
  ['a\n', false],
  ['ä', false],
  ['a\0', false],
])('isHostName(%j) is %s', (text, expected) => {
  expect(isHostName(text)).toBe(expected)
})
