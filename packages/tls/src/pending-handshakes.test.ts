import { describe, expect, test } from 'vitest'
import { networkOf, PendingHandshakes } from './pending-handshakes.ts'

describe('networkOf', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::7', '2001:db8:1:2::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    [undefined, ''],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('pending handshakes', () => {
  test('each network has its share, and gets it back', () => {
    const pending = new PendingHandshakes(100, 2)
    const first = pending.admit('2001:db8::1')
    expect(pending.admit('2001:db8::2')).toBeDefined()
    expect(pending.admit('2001:db8::3')).toBeUndefined()
    expect(pending.admit('2001:db8:0:1::3')).toBeDefined()
    first?.leave()
    first?.leave()
    expect(pending.size).toBe(2)
    expect(pending.admit('2001:db8::3')).toBeDefined()
    expect(pending.admit('2001:db8::4')).toBeUndefined()
  })

  test('the oldest gives way when all places are taken', () => {
    const pending = new PendingHandshakes(2, 2)
    const evicted: number[] = []
    for (const index of [0, 1, 2, 3]) pending.admit(`192.0.2.${index}`)?.onEvict(() => evicted.push(index))
    expect(evicted).toEqual([0, 1])
    expect(pending.size).toBe(2)
    pending.evictAll()
    expect(evicted).toEqual([0, 1, 2, 3])
    expect(pending.size).toBe(0)
  })
})
