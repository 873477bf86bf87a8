import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/mainline.json' with { type: 'json' }
import { createContact } from '../routing-table/contact.ts'
import { takeUntilSecure } from './closest-set.ts'
import { NetworkEstimate } from './network-estimate.ts'
import { distance128, edgeDistance, estimateDeviation, estimateNetworkSize } from './size-estimate.ts'

const { cases, stdDev, takeUntilSecure: edges } = vectors.dhtSizeEstimate
const target = new Uint8Array(20)
const SPACE = 2n ** 128n

/** A contact at this share of the space from the zero target. */
function at(share: number, ip = 0x7f000001) {
  const distance = BigInt(Math.round(share * 2 ** 40)) << 88n
  const id = Buffer.from(distance.toString(16).padStart(32, '0').padEnd(40, '0'), 'hex')
  return createContact(new Uint8Array(id), ip, 1)
}

describe('estimateNetworkSize', () => {
  test.each(cases.map(({ name, distancesHex, estimateRounded }) => [name, distancesHex, estimateRounded] as const))(
    '%s',
    (_, distances, estimate) => {
      expect(estimateNetworkSize(distances.map((hex) => BigInt(`0x${hex}`)))).toBe(estimate)
    },
  )

  test('counts the closest 20 only', () => {
    const near = Array.from({ length: 20 }, (_, index) => (BigInt(index + 1) * SPACE) / 500n)
    expect(estimateNetworkSize([...near, SPACE, SPACE])).toBe(estimateNetworkSize(near))
  })
})

test.each(stdDev.map(({ samples, value }) => [samples, value] as const))(
  'deviation of %i samples',
  (samples, value) => {
    expect(estimateDeviation(samples)).toBeCloseTo(value, 4)
  },
)

test.each(edges.cases.map(({ estimate, edgeHexApprox }) => [estimate, edgeHexApprox] as const))(
  'edge of a network of %i',
  (estimate, hex) => {
    const given = BigInt(`0x${hex}`)
    const difference = edgeDistance(estimate) - given
    expect(Number((difference < 0n ? -difference : difference) / (given >> 40n))).toBeLessThan(2)
  },
)

test('distance128 is the first 16 bytes of the XOR', () => {
  const id = Uint8Array.from({ length: 20 }, (_, index) => 255 - index)
  const other = Uint8Array.from({ length: 20 }, (_, index) => index * 9)
  const expected = Buffer.from(id.map((byte, index) => byte ^ other[index]!)).toString('hex', 0, 16)
  expect(distance128(other, id)).toBe(BigInt(`0x${expected}`))
})

describe('takeUntilSecure', () => {
  const nodes = Array.from({ length: 60 }, (_, index) => at((index + 1) / 1000))

  test.each([
    [1000, 0, 20],
    [400, 0, 49],
    [1000, 5, 60],
  ])('of 60 nodes in one network, with an estimate of %i and %i networks expected: %i', (estimate, subnets, taken) => {
    expect(takeUntilSecure(nodes, target, { edge: edgeDistance(estimate), subnets })).toHaveLength(taken)
  })

  test('reaches honest nodes behind 200 crowded ids', () => {
    const crowd = Array.from({ length: 200 }, (_, index) => at((index + 1) / 2 ** 36))
    const honest = nodes.slice(0, 20)
    const taken = takeUntilSecure([...crowd, ...nodes], target, { edge: edgeDistance(1000), subnets: 1 })
    expect(honest.filter((node) => taken.includes(node)).length).toBeGreaterThanOrEqual(19)
  })

  test('takes all of a few', () => {
    expect(takeUntilSecure(nodes.slice(0, 3), target, { edge: 0n, subnets: 0 })).toHaveLength(3)
  })
})

describe('NetworkEstimate', () => {
  test('assumes much before the first lookup', () => {
    expect(new NetworkEstimate().goal).toEqual({ edge: edgeDistance(1_000_000), subnets: 20 })
    expect(new NetworkEstimate().size).toEqual({ nodes: 0, deviation: 1 })
  })

  test('is not moved by lookups of a crowded target', () => {
    const estimate = new NetworkEstimate()
    const honest = Array.from({ length: 20 }, (_, index) => at((index + 1) / 1000))
    const crowd = Array.from({ length: 20 }, (_, index) => at((index + 1) / 2 ** 36))
    for (let i = 0; i < 6; i++) estimate.add(target, honest, honest)
    for (let i = 0; i < 5; i++) estimate.add(target, crowd, crowd)
    expect(estimate.size.nodes).toBeGreaterThan(900)
    expect(estimate.size.nodes).toBeLessThan(1100)
    expect(estimate.goal.edge).toBeGreaterThan(edgeDistance(1100))
    expect(estimate.goal.subnets).toBe(1)
  })

  test('does not count lookups that nobody answered', () => {
    const estimate = new NetworkEstimate()
    estimate.add(target, [], [])
    expect(estimate.goal.edge).toBe(edgeDistance(1_000_000))
  })
})
