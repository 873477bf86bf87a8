import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { CryptoError } from './errors.ts'
import { hexEncode } from './hex.ts'
import { Keypair } from './keypair.ts'
import { formatSecretKeyFile, parseSecretKeyFile } from './secret-key-file.ts'
import { verifySignature } from './verify-signature.ts'

test('two random keypairs differ', () => {
  expect(Keypair.random().publicKey.equals(Keypair.random().publicKey)).toBe(false)
})

test('a signature holds for its message and key only', () => {
  const keypair = Keypair.random()
  const message = new Uint8Array([1, 2, 3])
  const signature = keypair.sign(message)
  expect(signature.length).toBe(64)
  expect(verifySignature(keypair.publicKey, message, signature)).toBe(true)
  expect(verifySignature(keypair.publicKey, new Uint8Array([1, 2, 4]), signature)).toBe(false)
  expect(verifySignature(Keypair.random().publicKey, message, signature)).toBe(false)
  for (const length of [0, 63, 65]) {
    expect(verifySignature(keypair.publicKey, message, new Uint8Array(length))).toBe(false)
  }
})

test('the seed is copied in and out', () => {
  const seed = Buffer.alloc(32, 7)
  const keypair = Keypair.fromSecret(seed)
  seed.fill(0)
  keypair.secret().fill(0)
  expect(hexEncode(keypair.secret())).toBe('07'.repeat(32))
})

test('the seed does not show when a keypair is printed', () => {
  const keypair = Keypair.fromSecret(new Uint8Array(32).fill(7))
  for (const text of [inspect(keypair, { depth: 9, showHidden: true }), JSON.stringify(keypair), String(keypair)]) {
    expect(text).not.toMatch(/07070707|7, 7, 7|7,7,7/)
  }
})

test.each([0, 31, 33])('a seed of %i bytes is refused', (length) => {
  expect(() => Keypair.fromSecret(new Uint8Array(length))).toThrow(CryptoError)
})

test.each([
  ['an odd length', 'abc', 'Invalid hex string length'],
  ['another character', 'zz'.repeat(32), 'Invalid hex string'],
  ['too few bytes', 'ab'.repeat(31), 'Invalid secret key length'],
  ['nothing', '', 'Invalid secret key length'],
])('a secret key file with %s is refused', (_name, text, message) => {
  expect(() => parseSecretKeyFile(text)).toThrow(message)
})

test('a secret key file is read back', () => {
  const keypair = Keypair.random()
  expect(parseSecretKeyFile(`\n${formatSecretKeyFile(keypair)}\r\n`).secret()).toEqual(keypair.secret())
})
