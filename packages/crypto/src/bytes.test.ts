import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noise } from '../test/hostile.ts'
import { concatBytes, equalBytes, utf8Decode, utf8Encode, utf8Length } from './bytes.ts'
import { CryptoError } from './errors.ts'
import { randomBytes } from './random.ts'

test('joined parts keep their order and share no memory', () => {
  const first = new Uint8Array([1, 2])
  const joined = concatBytes(first, new Uint8Array(0), new Uint8Array([3]))
  first[0] = 9
  expect(joined).toEqual(new Uint8Array([1, 2, 3]))
})

test('bytes are equal when every one is', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0)
      expect(equalBytes(a, new Uint8Array(a))).toBe(true)
    }),
  )
})

test('text survives UTF-8, and its length is known without encoding', () => {
  fc.assert(
    fc.property(noise, (text) => {
      if (!text.isWellFormed()) {
        expect(() => utf8Encode(text)).toThrow(CryptoError)
        return
      }
      expect(utf8Decode(utf8Encode(text))).toBe(text)
      expect(utf8Length(text)).toBe(Buffer.byteLength(text))
    }),
  )
  expect(utf8Length('\ud800a\udc00')).toBe(7)
})

test.each([[[0xff]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0xe2, 0x82]], [[0xf5, 0x80, 0x80, 0x80]]])(
  'bytes %j are no UTF-8',
  (bytes) => {
    expect(() => utf8Decode(new Uint8Array(bytes))).toThrow(CryptoError)
  },
)

test('a byte order mark is a character', () => {
  expect(utf8Decode(new Uint8Array([0xef, 0xbb, 0xbf]))).toBe('\ufeff')
})

test('random bytes fill any length', () => {
  for (const length of [0, 1, 65_536, 65_537, 200_000]) {
    const bytes = randomBytes(length)
    expect(bytes.length).toBe(length)
    if (length > 1) expect(new Set(bytes.subarray(-1000)).size).toBeGreaterThan(100)
  }
})
