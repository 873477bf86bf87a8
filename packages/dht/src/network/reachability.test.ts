import { describe, expect, test } from 'vitest'
import { ipv4Number, type NodeAddress } from '../address.ts'
import { writeCompactAddress } from '../krpc/compact.ts'
import { Reachability } from './reachability.ts'

const us: NodeAddress = { host: '203.0.113.9', port: 6881 }
const voter = (network: number) => ipv4Number('20.0.0.1') + network * 65536

/** Lets nodes of so many networks vote; returns whether the last vote decided. */
function vote(reachability: Reachability, address: NodeAddress, networks: number, first = 0): boolean {
  let changed = false
  for (let i = 0; i < networks; i++) changed = reachability.vote(voter(first + i), writeCompactAddress(address))
  return changed
}

describe('the public address', () => {
  test('is believed from five networks on', () => {
    const reachability = new Reachability(() => [])
    expect(vote(reachability, us, 4)).toBe(false)
    expect(reachability.publicAddress).toBeUndefined()
    expect(reachability.vote(voter(4), writeCompactAddress(us))).toBe(true)
    expect(reachability.publicAddress).toEqual(us)
    expect(vote(reachability, us, 9)).toBe(false)
  })

  test('is not decided by many nodes of one network', () => {
    const reachability = new Reachability(() => [])
    for (let i = 0; i < 100; i++) reachability.vote(voter(0) + i, writeCompactAddress(us))
    expect(reachability.publicAddress).toBeUndefined()
  })

  test('needs more than half, and changes when we move', () => {
    const reachability = new Reachability(() => [])
    const moved = { host: '198.51.100.1', port: 6881 }
    vote(reachability, us, 6)
    vote(reachability, moved, 6, 10)
    expect(reachability.publicAddress).toEqual(us)
    vote(reachability, moved, 12, 20)
    expect(reachability.publicAddress).toEqual(moved)
  })

  test('is not moved by votes without an IPv4 address or port', () => {
    const reachability = new Reachability(() => [])
    for (let i = 0; i < 9; i++) {
      expect(reachability.vote(voter(i), new Uint8Array(18))).toBe(false)
      expect(reachability.vote(voter(i), new Uint8Array(6))).toBe(false)
    }
    expect(reachability.publicAddress).toBeUndefined()
  })
})

describe('reachability', () => {
  test('is proved by strangers of three networks', () => {
    const reachability = new Reachability(() => [])
    for (const ip of [voter(1), voter(1) + 1, voter(2)]) reachability.noteStranger(ip)
    expect(reachability.reachable).toBe(false)
    reachability.noteStranger(voter(3))
    expect(reachability.reachable).toBe(true)
  })

  test('is proved by our own ping only if the public address is our own, not a router’s', () => {
    const [behindRouter, direct] = [
      new Reachability(() => ['192.168.0.2']),
      new Reachability(() => ['192.168.0.2', us.host]),
    ]
    for (const reachability of [behindRouter, direct]) {
      vote(reachability, us, 5)
      reachability.noteOurselves({ ...us, port: 1 })
      expect(reachability.reachable).toBe(false)
      reachability.noteOurselves(us)
    }
    expect([behindRouter.reachable, direct.reachable]).toEqual([false, true])
  })

  test('must be proved again after the address changed', () => {
    const reachability = new Reachability(() => [])
    vote(reachability, us, 5)
    for (let i = 0; i < 3; i++) reachability.noteStranger(voter(i))
    expect(reachability.reachable).toBe(true)
    vote(reachability, { host: '198.51.100.1', port: 1 }, 20, 20)
    expect(reachability.reachable).toBe(false)
  })
})
