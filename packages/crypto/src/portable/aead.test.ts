import { poly1305 as noblePoly1305 } from '@noble/ciphers/_poly1305.js'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hexDecode, hexEncode } from '../hex.ts'
import { chacha20poly1305Open, chacha20poly1305Seal } from './chacha20poly1305.ts'
import { poly1305 } from './poly1305.ts'
import { xsalsa20poly1305Open, xsalsa20poly1305Seal } from './xsalsa20poly1305.ts'

const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
const text = fc.uint8Array({ maxLength: 300, size: 'max' })

test('ChaCha20-Poly1305 is that of noble and opens again', () => {
  fc.assert(
    fc.property(key, fc.uint8Array({ minLength: 12, maxLength: 12 }), text, text, (k, nonce, plaintext, associated) => {
      const sealed = chacha20poly1305Seal(k, nonce, plaintext, associated)
      expect(sealed).toEqual(chacha20poly1305(k, nonce, associated).encrypt(plaintext))
      expect(chacha20poly1305Open(k, nonce, sealed, associated)).toEqual(new Uint8Array(plaintext))
      sealed[plaintext.length]! ^= 1
      expect(chacha20poly1305Open(k, nonce, sealed, associated)).toBeUndefined()
    }),
  )
})

test('XSalsa20-Poly1305 is that of noble and opens again', () => {
  fc.assert(
    fc.property(key, fc.uint8Array({ minLength: 24, maxLength: 24 }), text, (k, nonce, plaintext) => {
      const sealed = xsalsa20poly1305Seal(k, nonce, plaintext)
      expect(sealed).toEqual(xsalsa20poly1305(k, nonce).encrypt(plaintext))
      expect(xsalsa20poly1305Open(k, nonce, sealed)).toEqual(new Uint8Array(plaintext))
      sealed[sealed.length - 1]! ^= 128
      expect(xsalsa20poly1305Open(k, nonce, sealed)).toBeUndefined()
    }),
  )
})

test.each([0, 1, 15])('%i bytes have no room for a tag', (length) => {
  expect(
    chacha20poly1305Open(new Uint8Array(32), new Uint8Array(12), new Uint8Array(length), new Uint8Array(0)),
  ).toBeUndefined()
  expect(xsalsa20poly1305Open(new Uint8Array(32), new Uint8Array(24), new Uint8Array(length))).toBeUndefined()
})

test('ChaCha20-Poly1305 gives the example of RFC 8439 §2.8.2', () => {
  const plaintext =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
  const sealed = chacha20poly1305Seal(
    hexDecode('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
    hexDecode('070000004041424344454647'),
    new TextEncoder().encode(plaintext),
    hexDecode('50515253c0c1c2c3c4c5c6c7'),
  )
  expect(hexEncode(sealed.subarray(-16))).toBe('1ae10b594f09e26a7e902ecbd0600691')
})

test('Poly1305 is right where its numbers are largest and at each length', () => {
  for (const keyByte of [0, 1, 0x0f, 0xff]) {
    for (const messageByte of [0, 1, 0xfb, 0xff]) {
      for (const length of [0, 1, 15, 16, 17, 31, 32, 48, 1000]) {
        const k = new Uint8Array(32).fill(keyByte)
        const message = new Uint8Array(length).fill(messageByte)
        expect(poly1305(k, message)).toEqual(noblePoly1305(message, k))
      }
    }
  }
})
