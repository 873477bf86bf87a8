import { createHmac, hash, hkdfSync } from 'node:crypto'
import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js'
import { blake2b as nobleBlake2b } from '@noble/hashes/blake2.js'
import { blake3 as nobleBlake3 } from '@noble/hashes/blake3.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { argon2id } from './argon2id.ts'
import { blake2b } from './blake2b.ts'
import { Blake3State, hashWhole } from './blake3.ts'
import { hkdfSha256, hmacSha256 } from './hmac.ts'
import { sha256, sha512 } from './sha2.ts'

const message = fc.uint8Array({ maxLength: 600, size: 'max' })

function bytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer)
}

test('SHA-256 and SHA-512 are those of OpenSSL', () => {
  fc.assert(
    fc.property(message, (input) => {
      expect(sha256(input)).toEqual(bytes(hash('sha256', input, 'buffer')))
      expect(sha512(input)).toEqual(bytes(hash('sha512', input, 'buffer')))
    }),
  )
})

test.each([55, 56, 63, 64, 65, 111, 112, 119, 127, 128, 129])('SHA-2 of %i bytes, where padding turns', (length) => {
  const input = new Uint8Array(length).fill(0xa5)
  expect(sha256(input)).toEqual(bytes(hash('sha256', input, 'buffer')))
  expect(sha512(input)).toEqual(bytes(hash('sha512', input, 'buffer')))
})

test('HMAC and HKDF are those of OpenSSL', () => {
  fc.assert(
    fc.property(message, fc.uint8Array({ maxLength: 150 }), fc.integer({ min: 1, max: 300 }), (input, key, length) => {
      expect(hmacSha256(key, input)).toEqual(bytes(createHmac('sha256', key).update(input).digest()))
      expect(hkdfSha256(key, input, key, length)).toEqual(new Uint8Array(hkdfSync('sha256', key, input, key, length)))
    }),
  )
})

test('BLAKE3 is that of noble, whatever the pieces', () => {
  const length = fc.oneof(
    fc.nat({ max: 200 }),
    fc.nat({ max: 20_000 }),
    fc.constantFrom(1024, 1025, 2048, 4096, 16_384),
  )
  fc.assert(
    fc.property(length, fc.integer({ min: 1, max: 5000 }), fc.nat({ max: 200 }), (size, piece, output) => {
      const input = Uint8Array.from({ length: size }, (_, i) => (i * 7) % 251)
      const state = new Blake3State()
      for (let offset = 0; offset < size; offset += piece) state.update(input.subarray(offset, offset + piece))
      const expected = nobleBlake3(input, { dkLen: Math.max(1, output) }).subarray(0, output)
      expect(state.digest(output)).toEqual(expected)
      expect(hashWhole(input, output)).toEqual(expected)
    }),
  )
})

test('BLAKE2b is that of noble', () => {
  fc.assert(
    fc.property(message, fc.integer({ min: 1, max: 64 }), (input, length) => {
      expect(blake2b(input, length)).toEqual(nobleBlake2b(input, { dkLen: length }))
    }),
  )
})

test.each([
  [8, 1, 32],
  [17, 3, 4],
  [64, 2, 64],
  [600, 1, 65],
  [1111, 2, 100],
])('Argon2id with %i KiB and %i passes is that of noble', (memoryKib, passes, length) => {
  const password = new Uint8Array([1, 2, 3])
  const salt = new Uint8Array(8).fill(9)
  const expected = nobleArgon2id(password, salt, { m: memoryKib, t: passes, p: 1, dkLen: length })
  expect(argon2id(password, salt, { memoryKib, passes }, length)).toEqual(expected)
})
