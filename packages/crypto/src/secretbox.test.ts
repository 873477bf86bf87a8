import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutated, survives } from '../test/hostile.ts'
import { CryptoError } from './errors.ts'
import { randomBytes } from './random.ts'
import { decryptRecoveryFile } from './recovery-file.ts'
import { SECRETBOX_OVERHEAD, secretboxOpen, secretboxSeal } from './secretbox.ts'

test('a box opens with its key only', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (message) => {
      const key = randomBytes(32)
      const box = secretboxSeal(message, key)
      expect(box.length).toBe(message.length + SECRETBOX_OVERHEAD)
      expect(secretboxOpen(box, key)).toEqual(new Uint8Array(message))
      expect(() => secretboxOpen(box, randomBytes(32))).toThrow(new CryptoError('decryption-failed', 'aead::Error'))
    }),
  )
})

test('a changed box does not open', () => {
  const key = randomBytes(32)
  const box = secretboxSeal(randomBytes(50), key)
  fc.assert(
    fc.property(mutated(box), (changed) => {
      if (changed.length === 0 || Buffer.compare(changed, box) === 0) return
      expect(() => secretboxOpen(changed, key)).toThrow(CryptoError)
    }),
  )
})

test.each([0, 16, 31, 33])('a key of %i bytes is refused', (length) => {
  expect(() => secretboxSeal(new Uint8Array(1), new Uint8Array(length))).toThrow(CryptoError)
  expect(() => secretboxOpen(new Uint8Array(1), new Uint8Array(length))).toThrow(CryptoError)
})

test('hostile recovery files give a CryptoError', () => {
  // Only files that end before the costly derivation of the key: the vectors have the others.
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (file) => {
      survives(CryptoError, () => decryptRecoveryFile(file, ''))
    }),
  )
  expect(() => decryptRecoveryFile(new Uint8Array([10]), '')).toThrow(CryptoError)
})
