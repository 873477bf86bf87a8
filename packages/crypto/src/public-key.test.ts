import { ed25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mutatedText, noise, survives } from '../test/hostile.ts'
import { isEdwardsPoint, isSmallOrderPoint } from './curve25519.ts'
import { CryptoError } from './errors.ts'
import { hexDecode } from './hex.ts'
import { Keypair } from './keypair.ts'
import { PublicKey, parseKeyAddress, parseKeyArgument, parseRawKeyAddress } from './public-key.ts'
import { z32Encode } from './z32.ts'

const Z32 = '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo'
const P = 2n ** 255n - 19n

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))
}

function isPointToNoble(bytes: Uint8Array): boolean {
  try {
    ed25519.Point.fromBytes(bytes, true)
    return true
  } catch {
    return false
  }
}

describe('points', () => {
  test('are the same to us and to noble', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        expect(isEdwardsPoint(bytes)).toBe(isPointToNoble(bytes))
      }),
    )
  })

  test('may be written in a non-canonical way', () => {
    for (let y = 0n; y < 19n; y++) {
      for (const sign of [0n, 1n << 255n]) {
        const bytes = littleEndian((P + y) | sign)
        expect(isEdwardsPoint(bytes)).toBe(isPointToNoble(bytes))
        expect(isEdwardsPoint(bytes)).toBe(isEdwardsPoint(littleEndian(y)))
      }
    }
  })

  test('of small order are known in every encoding', () => {
    const generator = ed25519.Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
    const encodings = new Set<string>()
    for (let i = 1n; i <= 8n; i++) {
      const { y } = generator.multiplyUnsafe(i).toAffine()
      for (const spelling of [y, y + P]) {
        if (spelling >= 2n ** 255n) continue
        for (const sign of [0n, 1n << 255n]) encodings.add(Buffer.from(littleEndian(spelling | sign)).toString('hex'))
      }
    }
    expect(encodings.size).toBe(14)
    for (const hex of encodings) expect(isSmallOrderPoint(hexDecode(hex))).toBe(true)
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        expect(isSmallOrderPoint(bytes)).toBe(false)
      }),
    )
  })
})

describe('PublicKey', () => {
  test('keeps a copy of its bytes, also of a Buffer', () => {
    const bytes = Buffer.from(Keypair.random().publicKey.bytes)
    const key = PublicKey.fromBytes(bytes)
    bytes.fill(0)
    expect(key.bytes.some((byte) => byte !== 0)).toBe(true)
  })

  test.each([0, 31, 33, 64])('refuses %i bytes', (length) => {
    expect(() => PublicKey.fromBytes(new Uint8Array(length))).toThrow(
      new CryptoError('invalid-length', `Invalid PublicKey length, expected 32 bytes but got: ${length}`),
    )
  })

  test('is one string in JSON', () => {
    expect(JSON.stringify({ key: PublicKey.fromZ32(Z32) })).toBe(`{"key":"${Z32}"}`)
    expect(`${PublicKey.fromZ32(Z32)}`).toBe(`pubky${Z32}`)
    expect(PublicKey.fromZ32(Z32).equals(PublicKey.parse(`pubky${Z32}`))).toBe(true)
    expect(PublicKey.fromZ32(Z32).equals(Keypair.random().publicKey)).toBe(false)
  })

  test.each([
    `pubky${Z32}`,
    `pk:${Z32}`,
    ` ${Z32}`,
    `${Z32}.`,
    `foo.${Z32}`,
    `${Z32.slice(0, -1)}b`,
    Z32.toUpperCase(),
    Z32.slice(1),
    `${Z32}y`,
    '',
  ])('is not read from %j where its canonical text is due', (text) => {
    expect(() => PublicKey.fromZ32(text)).toThrow(CryptoError)
  })

  test('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const { publicKey } = Keypair.fromSecret(seed)
        for (const text of [
          publicKey.z32(),
          publicKey.toString(),
          publicKey.toUri(),
          `https://_pubky.${publicKey.z32()}/x`,
        ]) {
          expect(PublicKey.parse(text).equals(publicKey)).toBe(true)
        }
        expect(PublicKey.fromZ32(publicKey.z32()).equals(publicKey)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  test('hostile text gives a key or a CryptoError', () => {
    const addresses = fc.constantFrom(Z32, `https://user@sub.${Z32}.:8888/path?q=v#h`, `pubky://${Z32}/pub/x`)
    fc.assert(
      fc.property(fc.oneof(noise, addresses.chain(mutatedText)), (text) => {
        for (const parse of [
          PublicKey.fromZ32,
          PublicKey.parse,
          parseKeyAddress,
          parseRawKeyAddress,
          parseKeyArgument,
        ]) {
          survives(CryptoError, () => parse(text))
        }
      }),
    )
  })

  test('a long address is read in no time', () => {
    for (const filler of [':', '.', '@', '/', 'y', 'é']) {
      survives(CryptoError, () => parseKeyAddress(filler.repeat(1 << 16)))
      survives(CryptoError, () => parseKeyAddress(`${filler.repeat(1 << 16)}${Z32}`))
    }
  })
})

test('the display form is refused where raw text is due', () => {
  expect(parseRawKeyAddress(`_pubky.${Z32}`).z32()).toBe(Z32)
  expect(() => parseRawKeyAddress(`pubky${Z32}`)).toThrow('unexpected `pubky` prefix; expected raw z32')
})

test('a text whose last bits are set names the same key', () => {
  const [canonical, other] = [`${Z32.slice(0, -1)}o`, `${Z32.slice(0, -1)}t`]
  expect(parseKeyAddress(other).z32()).toBe(canonical)
  expect(z32Encode(parseKeyAddress(other).bytes)).toBe(canonical)
})
