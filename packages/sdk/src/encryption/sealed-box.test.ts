import { randomBytes, utf8Encode, x25519PublicKey } from '@pubky/crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Keypair } from '../keys/keypair.ts'
import { identityExchangeKey, identityExchangeSecret } from './identity-exchange-key.ts'
import { openBox, sealBox } from './sealed-box.ts'

const SECRET = new Uint8Array(32).fill(8)
const MESSAGE = utf8Encode('the key of a folder')

it('a box opens with its key in its context only', () => {
  const box = sealBox(x25519PublicKey(SECRET), 'for b', MESSAGE)!
  expect(openBox(SECRET, 'for b', box)).toEqual(new Uint8Array(MESSAGE))
  expect(openBox(SECRET, 'for c', box)).toBeUndefined()
  expect(openBox(randomBytes(32), 'for b', box)).toBeUndefined()
})

it('altered boxes stay shut', () => {
  const box = sealBox(x25519PublicKey(SECRET), '', MESSAGE)!
  fc.assert(
    fc.property(fc.nat(box.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const altered = box.slice()
      altered[at]! ^= change
      // The top bit of an X25519 key means nothing, so that one is no alteration of the key, but of what it is mixed with.
      expect(openBox(SECRET, '', altered)).toBeUndefined()
    }),
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => openBox(SECRET, '', bytes) === undefined))
})

it('nothing is sealed to a key of low order', () => {
  expect(sealBox(new Uint8Array(32), '', MESSAGE)).toBeUndefined()
})

it('what is sealed to a pubky opens with its seed', () => {
  for (let i = 0; i < 20; i++) {
    const keypair = Keypair.random()
    const box = sealBox(identityExchangeKey(keypair.publicKey), 'x', MESSAGE)!
    expect(openBox(identityExchangeSecret(keypair), 'x', box)).toEqual(new Uint8Array(MESSAGE))
  }
})
