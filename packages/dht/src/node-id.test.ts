import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../vectors/mainline.json' with { type: 'json' }
import { compareDistance, idDistance, randomId, randomIdAtDistance } from './node-id.ts'

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const ids = fc.uint8Array({ minLength: 20, maxLength: 20 })
const xor = (a: Uint8Array, b: Uint8Array) =>
  BigInt(`0x${Buffer.from(a.map((byte, i) => byte ^ b[i]!)).toString('hex')}`)

describe('idDistance', () => {
  test.each(vectors.idDistance.cases.map(({ a, b, distance }) => [a, b, distance] as const))(
    '%s to %s is %i',
    (a, b, distance) => {
      expect(idDistance(fromHex(a), fromHex(b))).toBe(distance)
    },
  )
})

test('compareDistance orders by XOR', () => {
  fc.assert(
    fc.property(ids, ids, ids, (target, a, b) => {
      const [toA, toB] = [xor(a, target), xor(b, target)]
      expect(Math.sign(compareDistance(target, a, b))).toBe(toA < toB ? -1 : Number(toA > toB))
    }),
  )
})

test('randomIdAtDistance hits every bucket', () => {
  for (let distance = 1; distance <= 160; distance++) {
    const own = randomId()
    expect(idDistance(own, randomIdAtDistance(own, distance))).toBe(distance)
  }
})
