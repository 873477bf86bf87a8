import { Keypair, PublicKey, verifySignature } from '@pubky/crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutated, survives } from '../../crypto/test/hostile.ts'
import { parseAuthToken, replayId, verifyAuthToken } from './auth-token.ts'
import { parseCapabilities } from './capabilities/capabilities.ts'
import { createAuthToken } from './create-auth-token.ts'
import { ProtocolError } from './errors.ts'

const NOW = 1_700_000_000_000_000n
const WINDOW = 180_000_000n
const keypair = Keypair.fromSecret(new Uint8Array(32).fill(3))
const token = createAuthToken(keypair, parseCapabilities('/pub/app/:rw,/priv/:r'), NOW)

test('a token is verified as it was made', () => {
  const verified = verifyAuthToken(token.bytes, NOW)
  expect(verified.publicKey.equals(keypair.publicKey)).toBe(true)
  expect(verified.capabilities).toEqual(token.capabilities)
  expect(verified.timestamp).toBe(NOW)
  expect(replayId(verified).length).toBe(40)
})

test.each([
  [WINDOW, undefined],
  [WINDOW + 1n, 'token-in-past'],
  [-WINDOW, undefined],
  [-WINDOW - 1n, 'token-in-future'],
  [-NOW, 'token-in-future'],
])('%i µs after it was made its verdict is %s', (age, code) => {
  const verify = () => verifyAuthToken(token.bytes, NOW + age)
  if (code === undefined) expect(verify().timestamp).toBe(NOW)
  else expect(verify).toThrow(expect.objectContaining({ code }))
})

test('no changed token is accepted', () => {
  fc.assert(
    fc.property(mutated(token.bytes), (bytes) => {
      if (Buffer.compare(bytes, token.bytes) === 0) return
      expect(() => verifyAuthToken(bytes, NOW)).toThrow(ProtocolError)
    }),
  )
})

test('hostile bytes give a token or a ProtocolError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300, size: 'max' }), (bytes) => {
      survives(ProtocolError, () => parseAuthToken(bytes))
    }),
  )
})

test('a length beyond the end is refused before anything is read', () => {
  const bytes = new Uint8Array([...token.bytes.subarray(0, 115), ...new Array(9).fill(0xff), 0x01])
  expect(() => parseAuthToken(bytes)).toThrow(expect.objectContaining({ code: 'bytes-truncated' }))
  const endless = new Uint8Array([...token.bytes.subarray(0, 115), ...new Array(11).fill(0x80)])
  expect(() => parseAuthToken(endless)).toThrow(expect.objectContaining({ code: 'bytes-varint' }))
})

test('a token may name hundreds of places, not any number', () => {
  const tokenOf = (places: number) => {
    const list = Array.from({ length: places }, (_, index) => `/pub/${1000 + index}:r`)
    return createAuthToken(keypair, parseCapabilities(list.join(',')), NOW).bytes
  }
  expect(verifyAuthToken(tokenOf(1300), NOW).capabilities).toHaveLength(1300)
  expect(() => verifyAuthToken(tokenOf(1400), NOW)).toThrow(expect.objectContaining({ code: 'token-too-long' }))
})

test('a key for which anybody can sign is refused', () => {
  const identity = PublicKey.fromBytes(Uint8Array.of(1, ...new Array(31).fill(0)))
  const forged = new Uint8Array(token.bytes)
  forged.set(identity.bytes, 83)
  forged.fill(0, 0, 64)
  forged[0] = 1
  expect(verifySignature(identity, forged.subarray(65), forged.subarray(0, 64))).toBe(true)
  expect(() => verifyAuthToken(forged, NOW)).toThrow(expect.objectContaining({ code: 'token-signature' }))
})
