import { beforeEach, describe, expect, test, vi } from 'vitest'
import { ipv4Bytes, ipv4Number } from './address.ts'
import type { Message, Query } from './krpc/message.ts'
import type { Requester } from './network/request.ts'
import { randomId } from './node-id.ts'
import { NetworkEstimate } from './query/network-estimate.ts'
import { Role, type RoleInit } from './role.ts'
import { createContact } from './routing-table/contact.ts'
import { KnownNodes } from './routing-table/known-nodes.ts'
import { ReadyKeys } from './rpc/ready-keys.ts'
import { RpcServer } from './rpc/server.ts'
import { isSecureId } from './secure-id.ts'

const US = '203.0.113.9'
const now = () => 0
let pinged: string[]
let nodes: KnownNodes

const requester: Requester = {
  request: ({ host, port }) => {
    pinged.push(`${host}:${port}`)
    return { answer: Promise.resolve({ kind: 'timeout' }), cancel: () => {} }
  },
}

beforeEach(() => {
  pinged = []
  const components = {
    requester,
    estimate: new NetworkEstimate(),
    now,
    lastAnswerAt: () => 0,
    onRequesterAddress: () => {},
  }
  nodes = new KnownNodes(components, { id: randomId(), scope: 'any' })
})

function role(init: Partial<RoleInit> = {}, ownAddresses: readonly string[] = []) {
  const limits = { maxMutableItems: 1, maxImmutableItems: 1, maxItemBytes: 1e4, maxInfoHashes: 1, maxPeersPerHash: 1 }
  const server = new RpcServer({ id: () => nodes.ownId, closest: () => [], now, keys: new ReadyKeys() }, limits)
  const events = { onNewId: vi.fn(), onAddress: vi.fn(), onServerMode: vi.fn() }
  const components = { nodes, server, ownAddresses: () => ownAddresses, hasAsked: () => false, ...events }
  const defaults: RoleInit = { serverMode: 'adaptive', publicAddress: undefined, startsNetwork: false }
  return { ...events, role: new Role(components, { ...defaults, ...init }) }
}

const from = (host: string, port = 6881) => ({ host, port, ip: ipv4Number(host) })

function query(query: Partial<Query> & { method: 'ping' | 'find_node' }, readOnly?: boolean) {
  const id = query.id ?? randomId()
  const full: Query = query.method === 'ping' ? { method: 'ping', id } : { method: 'find_node', id, target: id }
  return { type: 'query', transactionId: Uint8Array.of(1), query: full, readOnly } satisfies Message
}

function voteFor(subject: Role, host: string): void {
  const address = new Uint8Array([...ipv4Bytes(ipv4Number(host)), 0x1a, 0xe1])
  for (let i = 0; i < 20; i++) subject.vote(from(`20.${i}.0.1`), address)
}

function strangersAsk(subject: Role): void {
  for (let i = 0; i < 3; i++) subject.answer(query({ method: 'ping' }), from(`30.${i}.0.1`))
}

describe('a client', () => {
  test('answers nobody, also when it could', () => {
    const { role: subject } = role({ serverMode: false })
    expect(subject.answer(query({ method: 'ping' }), from('30.0.0.1'))).toBeUndefined()
    strangersAsk(subject)
    subject.adapt()
    expect(subject.serverMode).toBe(false)
  })
})

describe('an adaptive node', () => {
  test('becomes a server once strangers reach it, with an id that fits its address', () => {
    const { role: subject, onServerMode, onNewId, onAddress } = role()
    subject.adapt()
    expect(subject.serverMode).toBe(false)
    voteFor(subject, US)
    expect(onAddress).toHaveBeenCalledExactlyOnceWith({ host: US, port: 6881 })
    expect(subject.firewalled).toBe(true)
    strangersAsk(subject)
    subject.adapt()
    expect([subject.serverMode, subject.firewalled]).toEqual([true, false])
    expect(isSecureId(nodes.ownId, ipv4Number(US))).toBe(true)
    expect([onServerMode, onNewId].map((event) => event.mock.calls.length)).toEqual([1, 1])
    expect(subject.answer(query({ method: 'ping' }), from('30.0.0.1'))).toMatchObject({ type: 'response' })
  })

  test('pings itself, and believes its own echo only at an address of this machine', () => {
    for (const [own, expected] of [
      [[], false],
      [[US], true],
    ] as const) {
      const { role: subject } = role({}, own)
      voteFor(subject, US)
      expect(pinged.splice(0)).toEqual([`${US}:6881`])
      subject.answer(query({ method: 'ping', id: nodes.ownId }), from(US))
      subject.adapt()
      expect(subject.serverMode).toBe(expected)
    }
  })
})

describe('a server', () => {
  test('takes a fitting id as soon as it learns its address', () => {
    const { role: subject, onNewId } = role({ serverMode: true })
    const contact = createContact(randomId(), ipv4Number('8.8.8.8'), 1)
    nodes.answered(contact, undefined)
    voteFor(subject, US)
    expect(isSecureId(nodes.ownId, ipv4Number(US))).toBe(true)
    expect(onNewId).toHaveBeenCalledOnce()
    expect(nodes.contacts()).toEqual([contact])
  })

  test('that was told its address believes nobody else', () => {
    const { role: subject, onAddress } = role({ serverMode: true, publicAddress: { host: '198.51.100.1', port: 1 } })
    voteFor(subject, US)
    expect(subject.publicAddress).toEqual({ host: '198.51.100.1', port: 1 })
    expect(onAddress).not.toHaveBeenCalled()
  })

  test('greets unknown servers with a ping while it knows few, but no clients', () => {
    const { role: subject } = role({ serverMode: true })
    subject.answer(query({ method: 'ping' }, true), from('30.0.0.1'))
    expect(pinged).toEqual([])
    subject.answer(query({ method: 'ping' }), from('30.0.0.1'))
    expect(pinged).toEqual(['30.0.0.1:6881'])
    expect(nodes.size).toBe(0)
    for (let i = 0; i < 100; i++) subject.answer(query({ method: 'ping' }), from('30.0.0.1'))
    expect(pinged.length).toBeLessThanOrEqual(20)
  })

  test('that starts a network knows who looks itself up, unless it is a client', () => {
    const { role: subject } = role({ serverMode: true, startsNetwork: true })
    subject.answer(query({ method: 'find_node' }, true), from('30.0.0.1'))
    expect(nodes.size).toBe(0)
    subject.answer(query({ method: 'find_node' }), from('30.0.0.1'))
    expect(nodes.size).toBe(1)
  })
})
