import { Keypair, PublicKey } from '@pubky/crypto'
import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/mainline.json' with { type: 'json' }
import { encode } from '../bencode/encode.ts'
import { DhtError } from '../errors.ts'
import { immutableTarget } from './immutable-item.ts'
import { assertMutableItem, mutableTarget, signableBytes, signMutableItem, verifyMutableItem } from './mutable-item.ts'

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const code = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return error instanceof DhtError ? error.code : error
  }
  return 'no error'
}

describe('BEP 44 vectors', () => {
  test.each(vectors.bep44.mutable.map((vector) => [vector.signableText, vector] as const))('%s', (_, vector) => {
    const salt = vector.saltText === undefined ? undefined : new Uint8Array(Buffer.from(vector.saltText))
    const value = fromHex(vector.valueHex)
    const publicKey = PublicKey.fromBytes(fromHex(vector.key))
    const item = { publicKey, salt, seq: BigInt(vector.seq), value, signature: fromHex(vector.signatureHex) }
    expect(Buffer.from(signableBytes(salt, item.seq, encode(value))).toString()).toBe(vector.signableText)
    expect(toHex(mutableTarget(publicKey.bytes, salt))).toBe(vector.targetHex)
    expect(verifyMutableItem(item)).toBe(true)
    expect(verifyMutableItem({ ...item, seq: 2n })).toBe(false)
    expect(verifyMutableItem({ ...item, salt: Uint8Array.of(1) })).toBe(false)
  })

  test.each(vectors.bep44.immutable.map((vector) => [vector.targetHex, vector] as const))('%s', (target, vector) => {
    const value = vector.valueText === undefined ? fromHex(vector.valueHex) : Buffer.from(vector.valueText)
    expect(toHex(immutableTarget(encode(value)))).toBe(target)
  })

  test.each(vectors.keys.seeds.map(({ seedHex, dhtTargetHex }) => [seedHex, dhtTargetHex] as const))(
    'key of seed %.8s…',
    (seed, target) => {
      expect(toHex(mutableTarget(Keypair.fromSecret(fromHex(seed)).publicKey.bytes))).toBe(target)
    },
  )
})

describe('signMutableItem', () => {
  const keypair = Keypair.random()

  test('signs what verifies, an empty salt like none', () => {
    const value = new Uint8Array(1000)
    const item = signMutableItem(keypair, { seq: -(2n ** 63n), value, salt: new Uint8Array() })
    expect(verifyMutableItem({ ...item, salt: undefined })).toBe(true)
    expect(mutableTarget(keypair.publicKey.bytes, item.salt)).toEqual(mutableTarget(keypair.publicKey.bytes))
  })

  test.each([
    ['a value of 1001 bytes', { seq: 1n, value: new Uint8Array(1001) }],
    ['a salt of 65 bytes', { seq: 1n, value: new Uint8Array(), salt: new Uint8Array(65) }],
    ['a seq above 64 bits', { seq: 2n ** 63n, value: new Uint8Array() }],
    ['a seq below 64 bits', { seq: -(2n ** 63n) - 1n, value: new Uint8Array() }],
  ])('refuses %s', (_, fields) => {
    expect(code(() => signMutableItem(keypair, fields))).toBe('invalid-argument')
  })
})

describe('assertMutableItem', () => {
  test('refuses a wrong signature', () => {
    const item = signMutableItem(Keypair.random(), { seq: 1n, value: Uint8Array.of(1) })
    expect(code(() => assertMutableItem(item))).toBe('no error')
    expect(code(() => assertMutableItem({ ...item, value: Uint8Array.of(2) }))).toBe('invalid-argument')
  })

  test('refuses a key that anybody can sign for', () => {
    const { publicKeyHex, payloadHex } = vectors.smallOrderKey
    const payload = fromHex(payloadHex)
    const item = {
      publicKey: PublicKey.fromBytes(fromHex(publicKeyHex)),
      seq: 0n,
      signature: payload.slice(0, 64),
      value: payload.slice(72),
    }
    expect(verifyMutableItem(item)).toBe(true)
    expect(code(() => assertMutableItem(item))).toBe('invalid-argument')
  })
})
