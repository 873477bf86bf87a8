import { Keypair } from '@pubky/crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutatedText } from '../../../crypto/test/hostile.ts'
import { parseCapabilities } from '../capabilities/capabilities.ts'
import { ProtocolError } from '../errors.ts'
import { signGrant } from '../grants/sign-grant.ts'
import { createCustomProof } from './create-custom-proof.ts'
import { verifyCustomProof } from './custom-proof.ts'
import { sortedJson } from './sorted-json.ts'

const NOW = 1_700_000_000
const user = Keypair.fromSecret(new Uint8Array(32).fill(1))
const client = Keypair.fromSecret(new Uint8Array(32).fill(2))
const grant = signGrant(
  {
    clientId: 'chat.example',
    capabilities: parseCapabilities('/pub/chat/:rw'),
    clientKey: client.publicKey,
    grantId: 'AAECAwQFBgcICQoLDA0ODw',
    issuedAt: NOW,
    expiresAt: NOW + 3600,
  },
  user,
)
const credential = createCustomProof(grant, client, { data: { audience: 'shop.example' }, nonce: 'n1', now: NOW })

test('any JSON is verified as it was signed', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (data) => {
      const signed = createCustomProof(grant, client, { data, nonce: 'n1', now: NOW })
      const proof = verifyCustomProof(signed, { now: NOW })
      expect(proof.data).toEqual(JSON.parse(JSON.stringify(data)))
      expect(proof.identity.equals(user.publicKey)).toBe(true)
    }),
    { numRuns: 30 },
  )
})

test('no changed proof is accepted', () => {
  fc.assert(
    fc.property(mutatedText(credential.pop), mutatedText(credential.grant), (pop, changedGrant) => {
      if (pop !== credential.pop) {
        expect(() => verifyCustomProof({ ...credential, pop }, { now: NOW })).toThrow(ProtocolError)
      }
      if (changedGrant !== credential.grant) {
        expect(() => verifyCustomProof({ ...credential, grant: changedGrant }, { now: NOW })).toThrow(ProtocolError)
      }
    }),
  )
})

test('an age limit counts the skew in', () => {
  const rules = (age: number) => ({ now: NOW + age, maxAge: 60, skew: 30 })
  expect(verifyCustomProof(credential, rules(90)).nonce).toBe('n1')
  expect(() => verifyCustomProof(credential, rules(91))).toThrow(expect.objectContaining({ code: 'proof-too-old' }))
})

test('an audience must be named in the data', () => {
  expect(verifyCustomProof(credential, { now: NOW, audience: 'shop.example' }).nonce).toBe('n1')
  for (const data of [null, 'shop.example', ['shop.example'], { audience: 'other.example' }]) {
    const other = createCustomProof(grant, client, { data, nonce: 'n1', now: NOW })
    expect(() => verifyCustomProof(other, { now: NOW, audience: 'shop.example' })).toThrow(
      expect.objectContaining({ code: 'proof-audience' }),
    )
  }
})

test('a remembered nonce is refused, and only good proofs are remembered', () => {
  const seen = new Map<string, number>()
  const remember = (grantId: string, nonce: string, until: number) => {
    const isNew = !seen.has(`${grantId}/${nonce}`)
    seen.set(`${grantId}/${nonce}`, until)
    return isNew
  }
  expect(() => verifyCustomProof(credential, { now: NOW, audience: 'x', remember })).toThrow(ProtocolError)
  expect(seen.size).toBe(0)
  verifyCustomProof(credential, { now: NOW, remember })
  expect([...seen.values()]).toEqual([grant.expiresAt])
  expect(() => verifyCustomProof(credential, { now: NOW, remember })).toThrow(
    expect.objectContaining({ code: 'proof-replayed' }),
  )
})

test('no proof is made for an ended grant or with another key', () => {
  const request = { data: null, nonce: 'n1', now: NOW }
  expect(() => createCustomProof(grant, client, { ...request, now: NOW + 3600 })).toThrow('Grant has expired')
  expect(() => createCustomProof(grant, user, request)).toThrow('signing key does not match the grant cnf')
  expect(() => createCustomProof({ ...grant, issuedAt: grant.expiresAt }, client, request)).toThrow('validity period')
})

test('members are sorted by their UTF-8 bytes', () => {
  expect(sortedJson({ b: 1, a: { 10: 1, 9: [{ z: 1, y: 2 }] }, '\u{1f600}': 1, '\uff00': 2, '': 0 })).toBe(
    '{"":0,"a":{"10":1,"9":[{"y":2,"z":1}]},"b":1,"\uff00":2,"\u{1f600}":1}',
  )
  expect(() => sortedJson(undefined)).toThrow(TypeError)
})
