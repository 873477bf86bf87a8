import { beforeEach, expect, test } from 'vitest'
import { BAN_MS, PING_INTERVAL_MS, STALE_MS } from '../constants.ts'
import type { Answer, Requester } from '../network/request.ts'
import { randomId } from '../node-id.ts'
import { NetworkEstimate } from '../query/network-estimate.ts'
import { type Contact, createContact } from './contact.ts'
import { KnownNodes } from './known-nodes.ts'

let time: number
let lastAnswerAt: number
let alive: Map<number, Contact>
let pinged: number[]
let nodes: KnownNodes

const requester: Requester = {
  request: ({ port }) => {
    pinged.push(port)
    const contact = alive.get(port)
    const answer: Answer = contact
      ? { kind: 'response', response: { id: contact.id }, from: contact, requesterAddress: undefined }
      : { kind: 'timeout' }
    return { answer: Promise.resolve(answer), cancel: () => {} }
  },
}

beforeEach(() => {
  time = 0
  lastAnswerAt = 0
  alive = new Map()
  pinged = []
  const estimate = new NetworkEstimate()
  const components = {
    requester,
    estimate,
    now: () => time,
    lastAnswerAt: () => lastAnswerAt,
    onRequesterAddress: () => {},
  }
  nodes = new KnownNodes(components, { id: randomId(), scope: 'any' })
})

function contact(port: number): Contact {
  const created = createContact(randomId(), 0x7f000001, port)
  alive.set(port, created)
  return created
}

test('pings who was quiet and keeps who answers', async () => {
  const [a, b] = [contact(1), contact(2)]
  nodes.answered(a, undefined)
  time = PING_INTERVAL_MS / 2
  nodes.answered(b, undefined)
  time = lastAnswerAt = PING_INTERVAL_MS + 1
  await nodes.checkQuiet()
  expect(pinged).toEqual([1])
  time = lastAnswerAt = PING_INTERVAL_MS * 2
  await nodes.checkQuiet()
  expect(pinged).toEqual([1, 2])
  expect(nodes.size).toBe(2)
})

test('drops who stays silent while others answer', async () => {
  const [a, b] = [contact(1), contact(2)]
  nodes.answered(a, undefined)
  nodes.answered(b, undefined)
  alive.delete(1)
  for (let round = 1; round <= 3; round++) {
    time = round * (PING_INTERVAL_MS + 1)
    lastAnswerAt = time + 1
    await nodes.checkQuiet()
  }
  expect(nodes.contacts()).toEqual([b])
})

test('keeps everybody while its own network is down', async () => {
  nodes.answered(contact(1), undefined)
  alive.clear()
  for (let round = 1; round <= 10; round++) {
    time = round * (PING_INTERVAL_MS + 1)
    await nodes.checkQuiet()
  }
  expect(time).toBeGreaterThan(STALE_MS)
  expect(nodes.size).toBe(1)
})

test('shuns liars for a while', () => {
  const liar = contact(1)
  nodes.answered(liar, undefined)
  nodes.lied(liar)
  expect(nodes.size).toBe(0)
  nodes.answered(liar, undefined)
  expect([nodes.size, nodes.isBanned(liar)]).toEqual([0, true])
  time = BAN_MS + 1
  nodes.answered(liar, undefined)
  expect([nodes.size, nodes.isBanned(liar)]).toEqual([1, false])
})

test('adds nobody for a ping that went to another address than it was named at', async () => {
  const named = createContact(randomId(), 0x7f000001, 5)
  expect(await nodes.ping(named)).toBeUndefined()
  expect(nodes.size).toBe(0)
  const real = contact(6)
  expect(await nodes.ping({ host: '127.0.0.1', port: 6 })).toEqual(real)
  expect(nodes.contacts()).toEqual([real])
})
