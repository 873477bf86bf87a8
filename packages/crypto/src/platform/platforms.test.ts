import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 as nobleSha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { concatBytes } from '../bytes.ts'
import { numberFromBytes, numberToBytes } from '../curve25519.ts'
import { hexDecode, hexEncode } from '../hex.ts'
import { Keypair } from '../keypair.ts'
import { PublicKey } from '../public-key.ts'
import { randomBytes } from '../random.ts'
import * as argonBrowser from './argon2id.browser.ts'
import * as argonNode from './argon2id.node.ts'
import * as blakeBrowser from './blake3.browser.ts'
import * as blakeNode from './blake3.node.ts'
import * as chachaBrowser from './chacha20poly1305.browser.ts'
import * as chachaNode from './chacha20poly1305.node.ts'
import * as edBrowser from './ed25519.browser.ts'
import * as edNode from './ed25519.node.ts'
import * as shaBrowser from './sha2.browser.ts'
import * as shaNode from './sha2.node.ts'
import * as verifyBrowser from './verify.browser.ts'
import * as verifyNode from './verify.node.ts'
import * as xBrowser from './x25519.browser.ts'
import * as xNode from './x25519.node.ts'

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('both platforms export the same names', () => {
  const pairs = [
    [argonNode, argonBrowser],
    [blakeNode, blakeBrowser],
    [chachaNode, chachaBrowser],
    [edNode, edBrowser],
    [shaNode, shaBrowser],
    [verifyNode, verifyBrowser],
    [xNode, xBrowser],
  ]
  for (const [node = {}, browser = {}] of pairs) expect(Object.keys(node).sort()).toEqual(Object.keys(browser).sort())
})

describe('Ed25519', () => {
  test('both platforms make the same keys and signatures', () => {
    fc.assert(
      fc.property(bytes32, fc.uint8Array(), (seed, message) => {
        const [node, browser] = [edNode.createSigner(seed), edBrowser.createSigner(seed)]
        expect(node.publicKey).toEqual(new Uint8Array(browser.publicKey))
        const signature = node.sign(message)
        expect(signature).toEqual(new Uint8Array(browser.sign(message)))
        for (const { createVerifier } of [edNode, edBrowser]) {
          const verify = createVerifier(node.publicKey)
          expect(verify(message, signature)).toBe(true)
          expect(verify(concatBytes(message, message, new Uint8Array(1)), signature)).toBe(false)
          expect(
            verify(
              message,
              signature.map((byte, i) => byte ^ (i === 40 ? 1 : 0)),
            ),
          ).toBe(false)
        }
      }),
      { numRuns: 15 },
    )
  })

  test('RFC 8032 §7.1, test 2', () => {
    const seed = hexDecode('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb')
    const signature =
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
    for (const { createSigner } of [edNode, edBrowser]) {
      expect(hexEncode(createSigner(seed).sign(new Uint8Array([0x72])))).toBe(signature)
    }
  })

  // The equation of spec 01 §1.3 for every mix of torsion in A and R, also where OpenSSL's own verdict differs.
  const generator = ed25519.Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
  const order = ed25519.Point.Fn.ORDER

  function pointOf(scalar: bigint, torsion: number): Uint8Array {
    return ed25519.Point.BASE.multiplyUnsafe(scalar)
      .add(generator.multiplyUnsafe(BigInt(torsion)))
      .toBytes()
  }

  test.each([
    [0n, 0n],
    [0n, 77n],
    [123_456_789n, 0n],
    [123_456_789n, 77n],
  ])('both platforms judge by the equation for a = %i and r = %i with torsion', async (a, r) => {
    for (let torsionA = 0; torsionA < 8; torsionA++) {
      const publicKey = pointOf(a, torsionA)
      const key = PublicKey.fromBytes(publicKey)
      const verifiers = [edNode.createVerifier(publicKey), edBrowser.createVerifier(publicKey)]
      for (let torsionR = 0; torsionR < 8; torsionR += 3) {
        const encodedR = pointOf(r, torsionR)
        for (let attempt = 0; attempt < 4; attempt++) {
          const message = new Uint8Array([attempt, torsionR])
          const k = numberFromBytes(nobleSha512(concatBytes(encodedR, publicKey, message))) % order
          const signature = concatBytes(encodedR, numberToBytes((r + k * a) % order))
          // [S]B − [k]A = R exactly when [k] times the torsion of A cancels that of R.
          const expected = (torsionR + Number(k % 8n) * torsionA) % 8 === 0
          expect(verifiers.map((verify) => verify(message, signature))).toEqual([expected, expected])
          expect(await verifyBrowser.verifySignatureAsync(key, message, signature)).toBe(expected)
        }
      }
    }
  })
})

describe('verifying in a browser', () => {
  const keypair = Keypair.random()
  const message = new Uint8Array([1, 2, 3])
  const signature = keypair.sign(message)
  const verify = (bytes: Uint8Array) => verifyBrowser.verifySignatureAsync(keypair.publicKey, message, bytes)

  afterEach(() => vi.unstubAllGlobals())

  test.each([
    ['with Ed25519 of its own', globalThis.crypto],
    ['without WebCrypto, as on pages without TLS', {}],
    ['whose WebCrypto does not know Ed25519', { subtle: { importKey: () => Promise.reject(new Error('?')) } }],
  ])('%s', async (_, crypto) => {
    vi.stubGlobal('crypto', crypto)
    expect(await verify(signature)).toBe(true)
    expect(await verify(signature.map((byte, i) => byte ^ (i === 3 ? 1 : 0)))).toBe(false)
    expect(await verify(signature.subarray(1))).toBe(false)
    // S + L: the same equation, another text.
    const s = numberFromBytes(signature.subarray(32)) + ed25519.Point.Fn.ORDER
    expect(await verify(concatBytes(signature.subarray(0, 32), numberToBytes(s)))).toBe(false)
  })

  test('asks the platform about ordinary points only', async () => {
    const importKey = vi.fn(() => Promise.reject(new Error('?')))
    vi.stubGlobal('crypto', { subtle: { importKey } })
    const identity = numberToBytes(1n)
    const smallOrder = PublicKey.fromBytes(identity)
    expect(
      await verifyBrowser.verifySignatureAsync(smallOrder, message, concatBytes(identity, new Uint8Array(32))),
    ).toBe(true)
    expect(await verify(concatBytes(identity, signature.subarray(32)))).toBe(false)
    const nonCanonical = PublicKey.fromBytes(numberToBytes(2n ** 255n - 19n + 3n))
    expect(await verifyBrowser.verifySignatureAsync(nonCanonical, message, signature)).toBe(false)
    expect(importKey).not.toHaveBeenCalled()
    await verify(signature)
    expect(importKey).toHaveBeenCalledOnce()
  })
})

describe('X25519', () => {
  test('both platforms agree', () => {
    fc.assert(
      fc.property(bytes32, bytes32, (secret, peer) => {
        expect(xNode.x25519PublicKey(secret)).toEqual(xBrowser.x25519PublicKey(secret))
        expect(xNode.x25519(secret, peer)).toEqual(xBrowser.x25519(secret, peer))
      }),
      { numRuns: 30 },
    )
  })

  test('RFC 7748 §6.1', () => {
    const alice = hexDecode('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
    const bob = hexDecode('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')
    for (const { x25519, x25519PublicKey } of [xNode, xBrowser]) {
      expect(hexEncode(x25519PublicKey(bob))).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
      const shared = x25519(bob, alice) ?? new Uint8Array(0)
      expect(hexEncode(shared)).toBe('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742')
    }
  })

  test.each([0n, 1n, 2n ** 255n - 20n, 2n ** 255n - 19n, 2n ** 255n - 18n])('u = %i gives no secret', (u) => {
    for (const { x25519 } of [xNode, xBrowser]) expect(x25519(randomBytes(32), numberToBytes(u))).toBeUndefined()
  })
})

test('hashes, MACs and ciphers of both platforms agree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000, size: 'max' }), bytes32, async (message, key) => {
      expect(shaNode.sha256(message)).toEqual(shaBrowser.sha256(message))
      expect(shaNode.sha512(message)).toEqual(shaBrowser.sha512(message))
      expect(shaNode.hmacSha256(key, message)).toEqual(shaBrowser.hmacSha256(key, message))
      expect(shaNode.hkdfSha256(key, key, key, 80)).toEqual(shaBrowser.hkdfSha256(key, key, key, 80))
      expect(blakeNode.blake3(message)).toEqual(blakeBrowser.blake3(message))
      expect(blakeNode.blake3(message, 77)).toEqual(blakeBrowser.blake3(message, 77))
      const hashers = await Promise.all([blakeNode.createBlake3(), blakeBrowser.createBlake3()])
      for (const hasher of hashers) {
        const digest = hasher.update(message.subarray(0, 10)).update(message.subarray(10)).digest()
        expect(digest).toEqual(blakeBrowser.blake3(message))
      }
      const nonce = key.subarray(0, 12)
      const sealed = chachaNode.chacha20poly1305Seal(key, nonce, message, key)
      expect(sealed).toEqual(chachaBrowser.chacha20poly1305Seal(key, nonce, message, key))
      expect(chachaNode.chacha20poly1305Open(key, nonce, sealed, key)).toEqual(new Uint8Array(message))
      expect(chachaNode.chacha20poly1305Open(key, nonce, sealed, nonce)).toBeUndefined()
    }),
    { numRuns: 30 },
  )
})

test('keys of recovery files of both platforms agree', () => {
  const [password, salt] = [new Uint8Array([1]), new Uint8Array(8)]
  const cost = { memoryKib: 256, passes: 2 }
  expect(argonNode.argon2id(password, salt, cost, 32)).toEqual(argonBrowser.argon2id(password, salt, cost, 32))
})
