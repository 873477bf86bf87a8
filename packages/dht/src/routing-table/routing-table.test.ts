import { describe, expect, test } from 'vitest'
import { K, MAX_FAILURES, STALE_MS } from '../constants.ts'
import { compareDistance, idDistance, randomId, randomIdAtDistance } from '../node-id.ts'
import { secureId } from '../secure-id.ts'
import { createContact } from './contact.ts'
import { RoutingTable } from './routing-table.ts'

const own = randomId()
const LOCAL = 0x7f000001
let lastPort = 1000

const local = (id = randomId()) => createContact(id, LOCAL, ++lastPort)
const atDistance = (distance: number) => local(randomIdAtDistance(own, distance))
const publicIp = (last: number) => 0x08080800 + last

describe('entering', () => {
  test('keeps 20 of a bucket and no more', () => {
    const table = new RoutingTable(own)
    const added = Array.from({ length: 30 }, () => table.answered(atDistance(160), 0))
    expect(added.filter(Boolean)).toHaveLength(K)
    expect(table.size).toBe(K)
  })

  test('refuses ourselves', () => {
    expect(new RoutingTable(own).answered(local(own), 0)).toBe(false)
  })

  test('gives the place of a stale contact away, not of one heard of lately', () => {
    const table = new RoutingTable(own)
    const old = Array.from({ length: K }, () => atDistance(160))
    for (const contact of old) table.answered(contact, 0)
    table.answered(old[0]!, 10)
    expect(table.answered(atDistance(160), STALE_MS - 1)).toBe(false)
    expect(table.answered(atDistance(160), STALE_MS)).toBe(true)
    expect(table.has(old[1]!)).toBe(false)
    expect(table.has(old[0]!)).toBe(true)
    expect(table.size).toBe(K)
  })

  test('takes one insecure id of an address', () => {
    const table = new RoutingTable(own)
    const insecure = () => createContact(randomId(), publicIp(1), ++lastPort)
    expect([insecure(), insecure()].map((contact) => table.answered(contact, 0))).toEqual([true, false])
  })

  test('takes at most eight secure ids of an address', () => {
    const table = new RoutingTable(own)
    for (let i = 0; i < 200; i++) table.answered(createContact(secureId(publicIp(1)), publicIp(1), ++lastPort), 0)
    expect(table.size).toBeGreaterThan(1)
    expect(table.size).toBeLessThanOrEqual(8)
  })

  test('lets an id move only to a place where it is secure, or within its address', () => {
    const table = new RoutingTable(own)
    const id = secureId(publicIp(1))
    const first = createContact(id, publicIp(1), 1)
    table.answered(first, 0)
    expect(table.answered(createContact(id, publicIp(2), 2), 0)).toBe(false)
    expect(table.answered(createContact(id, publicIp(1), 3), 0)).toBe(true)
    expect(table.contacts().map((contact) => contact.port)).toEqual([3])
  })
})

describe('leaving', () => {
  test('goes after two unanswered requests in a row, and names a newcomer', () => {
    const table = new RoutingTable(own)
    const members = Array.from({ length: K }, () => atDistance(160))
    for (const contact of members) table.answered(contact, 0)
    const newcomer = atDistance(160)
    table.answered(newcomer, 0)
    const [failing] = members
    for (let i = 1; i < MAX_FAILURES; i++) expect(table.failed(failing!)).toBeUndefined()
    table.answered(failing!, 1)
    for (let i = 1; i < MAX_FAILURES; i++) expect(table.failed(failing!)).toBeUndefined()
    expect(table.failed(failing!)).toEqual(newcomer)
    expect(table.has(failing!)).toBe(false)
    expect(table.answered(newcomer, 2)).toBe(true)
  })

  test('does not let one address speak for another', () => {
    const table = new RoutingTable(own)
    const contact = createContact(randomId(), publicIp(1), 1)
    table.answered(contact, 0)
    for (let i = 0; i < 5; i++) table.failed(createContact(contact.id, publicIp(2), 1))
    table.remove(createContact(contact.id, publicIp(2), 1))
    expect(table.has(contact)).toBe(true)
    table.remove(contact)
    expect(table.size).toBe(0)
    expect(table.answered(createContact(randomId(), publicIp(1), 1), 0)).toBe(true)
  })
})

describe('closest', () => {
  test('finds the same as sorting everybody, for targets anywhere', () => {
    const table = new RoutingTable(own)
    for (let i = 0; i < 300; i++) table.answered(local(), 0)
    for (let distance = 0; distance <= 160; distance += 4) {
      const target = distance === 0 ? own : randomIdAtDistance(own, distance)
      const sorted = table.contacts().toSorted((a, b) => compareDistance(target, a.id, b.id))
      expect(table.closest(target)).toEqual(sorted.slice(0, K))
    }
  })

  test('puts secure contacts first', () => {
    const table = new RoutingTable(own)
    for (let i = 0; i < 10; i++) table.answered(createContact(randomId(), publicIp(i), 1), 0)
    for (let i = 10; i < 20; i++) table.answered(createContact(secureId(publicIp(i)), publicIp(i), 1), 0)
    const closest = table.closest(randomId())
    expect(closest.map((contact) => contact.secure)).toEqual([...Array(10).fill(true), ...Array(10).fill(false)])
  })
})

test('names contacts and buckets that were quiet', () => {
  const table = new RoutingTable(own)
  const [quiet, fresh] = [atDistance(160), atDistance(150)]
  table.answered(quiet, 0)
  table.answered(fresh, 100)
  expect(table.quietSince(50)).toEqual([quiet])
  expect(table.quietBuckets(50)).toEqual([160])
  expect(table.quietBuckets(101).map((distance) => distance)).toEqual([160, 150])
  expect(idDistance(own, fresh.id)).toBe(150)
})
