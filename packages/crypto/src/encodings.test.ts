import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import z32 from 'z32'
import { mutatedText, noise, survives } from '../test/hostile.ts'
import { base64Decode, base64Encode, base64UrlDecode, base64UrlEncode } from './base64.ts'
import { crockfordDecode, crockfordEncode } from './crockford.ts'
import { CryptoError } from './errors.ts'
import { hexDecode, hexEncode } from './hex.ts'
import { z32Decode, z32Encode } from './z32.ts'

const codecs = {
  hex: { encode: hexEncode, decode: hexDecode },
  base64: { encode: base64Encode, decode: base64Decode },
  base64url: { encode: base64UrlEncode, decode: base64UrlDecode },
  z32: { encode: z32Encode, decode: z32Decode },
  crockford: { encode: crockfordEncode, decode: crockfordDecode },
}

describe.each(Object.entries(codecs))('%s', (_name, { encode, decode }) => {
  test('decoding reverses encoding', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decode(encode(bytes))).toEqual(new Uint8Array(bytes))
      }),
    )
  })

  test('hostile text gives bytes or a CryptoError', () => {
    fc.assert(
      fc.property(noise, fc.uint8Array().map(encode).chain(mutatedText), (text, changed) => {
        survives(CryptoError, () => decode(text))
        survives(CryptoError, () => decode(changed))
      }),
    )
  })
})

test('our texts are those of independent software', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const buffer = Buffer.from(bytes)
      expect(hexEncode(bytes)).toBe(buffer.toString('hex'))
      expect(base64Encode(bytes)).toBe(buffer.toString('base64'))
      expect(base64UrlEncode(bytes)).toBe(buffer.toString('base64url'))
      expect(z32Encode(bytes)).toBe(z32.encode(buffer))
    }),
  )
})

test('base64 has one text for each byte string', () => {
  const url = fc.string({ unit: fc.constantFrom(...'ABCabc012-_+/=') })
  fc.assert(
    fc.property(url, (text) => {
      for (const { encode, decode } of [codecs.base64, codecs.base64url]) {
        try {
          expect(encode(decode(text))).toBe(text)
        } catch (error) {
          if (!(error instanceof CryptoError)) throw error
        }
      }
    }),
  )
})

test.each([
  ['padding', 'AA==', 'Invalid padding'],
  ['padding inside', 'A=AA', 'Invalid symbol 61, offset 1.'],
  ['standard alphabet', 'AA+/', 'Invalid symbol 43, offset 2.'],
  ['white space', 'AA A', 'Invalid symbol 32, offset 2.'],
  ['one character too many', 'AAAAA', 'Invalid input length: 5'],
  ['unused bits that are set', 'AB', 'Invalid last symbol 66, offset 1.'],
  ['a character beyond ASCII', 'AAAÄ', 'Invalid symbol 196, offset 3.'],
])('base64url refuses %s', (_name, text, message) => {
  expect(() => base64UrlDecode(text)).toThrow(new CryptoError('invalid-encoding', message))
})

test.each(['A', 'AA', 'AA=', 'AA===', 'AB==', 'AAB=', '====', '=', 'AA-_', 'AAAA\n', ' AAAA', 'AA==AA=='])(
  'base64 refuses %j',
  (text) => {
    expect(() => base64Decode(text)).toThrow(CryptoError)
  },
)

test.each(['U', 'u', '-', '0-0', ' ', '=', 'É', 'ſ', 'ı', '\ud800'])('Crockford base32 refuses %j', (text) => {
  expect(() => crockfordDecode(text)).toThrow(CryptoError)
})

test.each(['0', '2', 'l', 'v', 'Y', 'yB', 'y y', 'é', '\ud800'])('z-base-32 refuses %j', (text) => {
  expect(() => z32Decode(text)).toThrow(CryptoError)
})

test.each(['0', '0g', '0x', ' 00', '0０'])('hex refuses %j', (text) => {
  expect(() => hexDecode(text)).toThrow(CryptoError)
})
