import { Keypair, PublicKey } from '@pubky/sdk'
import type { Case } from './case.ts'
import { equal, fails } from './check.ts'

const SECRET = '5aa93b299a343aa2691739771f2b5b85e740ca14c685793d67870f88fa89dc51'
const Z32 = 'gcumbhd7sqit6nn457jxmrwqx9pyymqwamnarekgo3xppqo6a19o'
const PUBLIC = '3326b0f07db3ab1f085adf52f5928e7fda002dd4c2c5822146865ed6ba1ec4bf'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

export const keys: readonly Case[] = [
  {
    number: '8.8.8',
    title: 'a secret gives its public key',
    async run(place) {
      const secret = place.isBrowser ? bytes(SECRET) : Reflect.get(globalThis, 'Buffer').from(SECRET, 'hex')
      equal(Keypair.fromSecret(secret).publicKey.z32(), Z32)
    },
  },
  {
    number: '8.8.9',
    title: 'bad secrets',
    async run() {
      await fails(() => Reflect.apply(Keypair.fromSecret, Keypair, [null]))
      await fails(() => Keypair.fromSecret(new Uint8Array(15)), { message: 'Expected secret to be 32 bytes, got 15' })
    },
  },
  {
    number: '8.8.10',
    title: 'a public key and its bytes',
    async run() {
      const key = PublicKey.from(Z32)
      equal(key.toUint8Array(), bytes(PUBLIC))
      equal(key.z32(), Z32)
    },
  },
]
