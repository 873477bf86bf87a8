import { Keypair, PublicKey, verifySignature } from '@pubky/crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import vectors from '../../vectors/mainline.json' with { type: 'json' }
import { ipv4Number } from '../address.ts'
import { encode } from '../bencode/encode.ts'
import type { BencodeValue } from '../bencode/value.ts'
import { ITEM_LIFETIME_MS, MAX_ANSWER_BYTES, TOKEN_ROTATION_MS } from '../constants.ts'
import { immutableTarget } from '../items/immutable-item.ts'
import { mutableTarget, signableBytes, signMutableItem } from '../items/mutable-item.ts'
import { decodeMessage } from '../krpc/decode.ts'
import { encodeMessage } from '../krpc/encode.ts'
import type { MutableFields, Query, Response } from '../krpc/message.ts'
import { createContact } from '../routing-table/contact.ts'
import { ReadyKeys } from './ready-keys.ts'
import { RpcServer, type StorageLimits } from './server.ts'

const ID = new Uint8Array(20).fill(0x22)
const ASKER = new Uint8Array(20).fill(0x11)
const LIMITS: StorageLimits = {
  maxMutableItems: 100,
  maxImmutableItems: 100,
  maxItemBytes: 1_000_000,
  maxInfoHashes: 10,
  maxPeersPerHash: 50,
}
const neighbours = Array.from({ length: 20 }, (_, index) =>
  createContact(new Uint8Array(20).fill(index), 0x08080801 + index * 65536, 6881),
)

let time = 0
let server: RpcServer
beforeEach(() => {
  time = 1_000_000
  server = new RpcServer(
    { id: () => ID, closest: (_, count) => neighbours.slice(0, count), now: () => time, keys: new ReadyKeys() },
    LIMITS,
  )
})

/** Sends a query as bytes and reads the answer from bytes, as over the network. */
function exchange(query: Uint8Array, host = '127.0.0.1', port = 6881) {
  const incoming = decodeMessage(query)
  if (incoming?.type !== 'query' && incoming?.type !== 'malformed') throw new Error('not a query')
  const answer = server.answer(incoming, { host, port, ip: ipv4Number(host) })
  return answer && { bytes: encodeMessage(answer), message: decodeMessage(encodeMessage(answer)) }
}

const ask = (query: Query, host?: string, port?: number) =>
  exchange(encodeMessage({ type: 'query', transactionId: Uint8Array.of(1, 2), query }), host, port)

function respond(query: Query, host?: string): Response {
  const message = ask(query, host)?.message
  if (message?.type !== 'response') throw new Error(`no response but ${JSON.stringify(message)}`)
  return message.response
}

/** `stored`, or the error as number and text. */
function outcome(query: Query, host?: string): string {
  const message = ask(query, host)?.message
  return message?.type === 'error' ? `${message.code} ${message.description}` : 'stored'
}

const get = (target: Uint8Array, seq?: bigint, host?: string) =>
  respond({ method: 'get', id: ASKER, target, seq }, host)
const tokenFor = (host?: string) => get(new Uint8Array(20), undefined, host).token!

const keypair = Keypair.random()
const target = mutableTarget(keypair.publicKey.bytes)

interface PutChanges extends Partial<MutableFields> {
  readonly value?: Uint8Array
  readonly token?: Uint8Array
  readonly target?: Uint8Array | undefined
  readonly host?: string
  readonly signer?: Keypair
}

function put(seq: bigint, changes: PutChanges = {}): string {
  const { signer = keypair, value = Buffer.from(`value ${seq}`), host, token, ...rest } = changes
  const salt = changes.salt
  const signature = signer.sign(signableBytes(salt, seq, encode(value)))
  const query: Query = {
    method: 'put',
    id: ASKER,
    token: token ?? tokenFor(host),
    target: 'target' in changes ? changes.target : mutableTarget(signer.publicKey.bytes, salt),
    value,
    mutable: { key: signer.publicKey.bytes, seq, signature, ...rest },
  }
  return outcome(query, host)
}

const BAD_TOKEN = '203 Bad token'
const BAD_SIGNATURE = '206 Invalid signature'
const CAS = '301 CAS mismatched, re-read value and try again.'
const OLD = '302 Sequence number less than current.'

describe('every answer', () => {
  test("repeats the transaction, names the asker's address, has a 4-byte version and no ro", () => {
    const message = ask({ method: 'ping', id: ASKER }, '203.0.113.9', 0x1234)?.message
    expect(message).toMatchObject({
      type: 'response',
      transactionId: Uint8Array.of(1, 2),
      requesterAddress: Uint8Array.of(203, 0, 113, 9, 0x12, 0x34),
      readOnly: undefined,
      response: { id: ID },
    })
    expect(message?.version).toHaveLength(4)
  })

  test('stays below one frame, with as many of 20 nodes as fit', () => {
    put(1n, { value: new Uint8Array(1000) })
    const large = ask({ method: 'get', id: ASKER, target })!
    expect(large.bytes.length).toBeLessThanOrEqual(MAX_ANSWER_BYTES)
    expect(get(target).nodes!.length / 26).toBeGreaterThanOrEqual(4)
    expect(get(new Uint8Array(20)).nodes!.length / 26).toBe(20)
  })

  test('is no better an amplifier than an official node', () => {
    put(1n, { value: new Uint8Array(1000) })
    const query = { method: 'get', id: ASKER, target } as const
    const asked = encodeMessage({ type: 'query', transactionId: new Uint8Array(4), query }).length
    const answered = ask(query)!.bytes.length
    // The official node sends 20 nodes beside the value, whatever its size.
    const official = answered - get(target).nodes!.length + 20 * 26
    console.log(
      `amplification of a get: ${(answered / asked).toFixed(1)}; official node ${(official / asked).toFixed(1)}`,
    )
    expect(answered).toBeLessThan(official)
  })
})

describe('put of a mutable item', () => {
  test('is stored and found', () => {
    expect(put(5n)).toBe('stored')
    const { publicKey, signature } = signMutableItem(keypair, { seq: 5n, value: Buffer.from('value 5') })
    expect(get(target)).toMatchObject({ key: publicKey.bytes, seq: 5n, signature })
    expect(Buffer.compare(get(target).value as Uint8Array, Buffer.from('value 5'))).toBe(0)
  })

  test.each([-5n, -(2n ** 63n), 2n ** 63n - 1n, 9_007_199_254_740_993n])('keeps seq %s exactly', (seq) => {
    expect(put(seq)).toBe('stored')
    expect(get(target).seq).toBe(seq)
  })

  test('needs a token of the same address, of this or the last period', () => {
    const token = tokenFor('203.0.113.1')
    expect(put(1n, { token: new Uint8Array(8) })).toBe(BAD_TOKEN)
    expect(put(1n, { token: new Uint8Array() })).toBe(BAD_TOKEN)
    expect(put(1n, { token, host: '203.0.113.2' })).toBe(BAD_TOKEN)
    expect(put(1n, { token, host: '203.0.113.1' })).toBe('stored')
    time += TOKEN_ROTATION_MS
    expect(put(2n, { token, host: '203.0.113.1' })).toBe('stored')
    time += TOKEN_ROTATION_MS
    expect(put(3n, { token, host: '203.0.113.1' })).toBe(BAD_TOKEN)
  })

  test('refuses tokens of before a long silence', () => {
    const token = tokenFor()
    time += 2 * TOKEN_ROTATION_MS
    expect(put(1n, { token })).toBe(BAD_TOKEN)
  })

  test('checks the token before everything else', () => {
    expect(put(1n, { token: new Uint8Array(8), value: new Uint8Array(1001), salt: new Uint8Array(65) })).toBe(BAD_TOKEN)
  })

  test('takes 1000 bytes and a salt of 64, no more', () => {
    expect(put(1n, { value: new Uint8Array(1000), salt: new Uint8Array(64) })).toBe('stored')
    expect(put(1n, { value: new Uint8Array(1001), salt: new Uint8Array(65) })).toBe('205 Message (v field) too big.')
    expect(put(1n, { salt: new Uint8Array(65) })).toBe('207 salt (salt field) too big.')
  })

  test('compares cas with what is stored, before seq', () => {
    expect(put(5n, { cas: 3n })).toBe('stored')
    expect(put(4n, { cas: 4n })).toBe(CAS)
    expect(put(6n, { cas: 4n })).toBe(CAS)
    expect(put(6n, { cas: 5n })).toBe('stored')
    expect(put(5n, { cas: 6n })).toBe(OLD)
  })

  test('refuses an older seq before it looks at the signature', () => {
    put(5n)
    expect(put(4n, { signature: new Uint8Array(64) })).toBe(OLD)
  })

  test('takes the same again, and of two values with one seq keeps the larger', () => {
    const value = (text: string) => ({ value: Buffer.from(text) })
    expect([put(5n, value('b')), put(5n, value('b')), put(5n, value('a')), put(5n, value('c'))]).toEqual(
      Array(4).fill('stored'),
    )
    expect(Buffer.from(get(target).value as Uint8Array).toString()).toBe('c')
    expect(put(5n, value('b'.repeat(12)))).toBe('stored')
    expect(Buffer.from(get(target).value as Uint8Array).toString()).toBe('c')
  })

  test.each<[string, PutChanges]>([
    ['a wrong signature', { signature: new Uint8Array(64) }],
    ['a target that is not the hash of the key', { target: new Uint8Array(20) }],
    [
      'a salt that was not signed',
      { salt: Uint8Array.of(1), signature: keypair.sign(signableBytes(undefined, 1n, encode(Buffer.from('value 1')))) },
    ],
    ['a key that is no point', { key: new Uint8Array(32).fill(2), target: undefined }],
  ])('refuses %s and stores nothing', (_, changes) => {
    expect(put(1n, changes)).toBe(BAD_SIGNATURE)
    expect(server.stored.mutableItems).toBe(0)
  })

  test('refuses a key of small order, whose signatures anybody can make', () => {
    const { publicKeyHex, payloadHex } = vectors.smallOrderKey
    const [key, payload] = [Buffer.from(publicKeyHex, 'hex'), Buffer.from(payloadHex, 'hex')]
    const message = signableBytes(undefined, 0n, encode(payload.subarray(72)))
    expect(verifySignature(PublicKey.fromBytes(key), message, payload.subarray(0, 64))).toBe(true)
    const mutable = { key, seq: 0n, signature: payload.subarray(0, 64) }
    expect(outcome({ method: 'put', id: ASKER, token: tokenFor(), value: payload.subarray(72), mutable })).toBe(
      BAD_SIGNATURE,
    )
  })

  test('does without target, as libtorrent and bittorrent-dht send it', () => {
    expect(put(1n, { target: undefined })).toBe('stored')
    expect(get(target).seq).toBe(1n)
  })

  test('keeps one item for each salt', () => {
    put(1n)
    put(2n, { salt: Uint8Array.of(1) })
    expect(get(target).seq).toBe(1n)
    expect(get(mutableTarget(keypair.publicKey.bytes, Uint8Array.of(1))).seq).toBe(2n)
  })

  test('takes any bencoded value that was signed in canonical form', () => {
    const value: BencodeValue = new Map([['ih', new Uint8Array(20)]])
    const signature = keypair.sign(signableBytes(undefined, 1n, encode(value)))
    const mutable = { key: keypair.publicKey.bytes, seq: 1n, signature }
    expect(outcome({ method: 'put', id: ASKER, token: tokenFor(), value, mutable })).toBe('stored')
    expect(get(target).value).toEqual(value)
  })

  test('is limited in signature checks', () => {
    const token = tokenFor()
    const outcomes = Array.from({ length: 1002 }, () => put(1n, { token, signature: new Uint8Array(64) }))
    expect(new Set(outcomes)).toEqual(new Set([BAD_SIGNATURE, '202 Server busy, try again later']))
    time += 1000
    expect(put(1n)).toBe('stored')
  })
})

describe('get', () => {
  test('with seq gives the value only if it is newer', () => {
    put(5n)
    expect(get(target, 4n)).toMatchObject({ seq: 5n, key: keypair.publicKey.bytes })
    for (const seq of [5n, 6n]) {
      expect(get(target, seq)).toMatchObject({ seq: 5n, key: undefined, value: undefined, signature: undefined })
    }
  })

  test('of nothing gives a token and nodes', () => {
    const answer = get(new Uint8Array(20))
    expect(answer.token!.length).toBeGreaterThanOrEqual(4)
    expect(answer).toMatchObject({ value: undefined, seq: undefined })
    expect(answer.nodes!.length).toBeGreaterThan(0)
  })

  test('forgets an item two hours after its last put', () => {
    put(5n)
    time += ITEM_LIFETIME_MS - 1
    put(5n)
    time += ITEM_LIFETIME_MS - 1
    expect(get(target).seq).toBe(5n)
    time += 1
    expect(get(target).seq).toBeUndefined()
    server.sweep()
    expect(server.stored.mutableItems).toBe(0)
  })
})

describe('put of an immutable item', () => {
  const immutable = (value: Uint8Array, changes: { target?: Uint8Array; token?: Uint8Array; host?: string } = {}) =>
    outcome(
      { method: 'put', id: ASKER, token: changes.token ?? tokenFor(changes.host), value, ...changes },
      changes.host,
    )

  test('is stored under its hash, and unknown when asked with seq', () => {
    const value = new Uint8Array(Buffer.from('Hello World!'))
    expect(immutable(value, { target: immutableTarget(encode(value)) })).toBe('stored')
    const target = immutableTarget(encode(value))
    expect(get(target).value).toEqual(value)
    expect(get(target, 1n).value).toBeUndefined()
  })

  test('refuses a bad token, a long value and a wrong target', () => {
    expect(immutable(Uint8Array.of(1), { token: new Uint8Array(4) })).toBe(BAD_TOKEN)
    expect(immutable(new Uint8Array(1001))).toBe('205 Message (v field) too big.')
    const wrong = "203 Target doesn't match the sha1 hash of v field"
    expect(immutable(Uint8Array.of(1), { target: new Uint8Array(20) })).toBe(wrong)
  })

  test('leaves room for others: one address fills a tenth, one /24 a fifth', () => {
    const fill = (host: string, from: number) =>
      Array.from({ length: 15 }, (_, index) => immutable(Uint8Array.of(from, index), { host })).filter(
        (said) => said === 'stored',
      ).length
    expect([fill('203.0.113.1', 1), fill('203.0.113.2', 2), fill('203.0.113.3', 3)]).toEqual([10, 10, 0])
    expect(fill('198.51.100.1', 4)).toBe(10)
    expect(immutable(Uint8Array.of(1, 0), { host: '203.0.113.1' })).toBe('stored')
    expect(immutable(Uint8Array.of(9, 9), { host: '203.0.113.1' })).toBe('202 Too many items from your network')
  })

  test('pushes out what was unused for longest, by number and by bytes', () => {
    for (let i = 0; i < 150; i++) immutable(Uint8Array.of(7, i))
    expect(server.stored.immutableItems).toBe(100)
    expect(get(immutableTarget(encode(Uint8Array.of(7, 0)))).value).toBeUndefined()
    expect(get(immutableTarget(encode(Uint8Array.of(7, 149)))).value).toBeDefined()
    const small = new RpcServer(
      { id: () => ID, closest: () => [], now: () => time, keys: new ReadyKeys() },
      { ...LIMITS, maxItemBytes: 5000 },
    )
    server = small
    for (let i = 0; i < 20; i++) immutable(new Uint8Array(1000).fill(i))
    expect(small.stored.immutableItems).toBe(3)
  })
})

describe('peers', () => {
  const infoHash = new Uint8Array(20).fill(9)
  const announce = (
    changes: Partial<Extract<Query, { method: 'announce_peer' }>> = {},
    host?: string,
    port?: number,
  ) => {
    const token = tokenFor(host)
    return ask({ method: 'announce_peer', id: ASKER, infoHash, port: 7000, token, ...changes }, host, port)?.message
      ?.type
  }
  const peers = () => respond({ method: 'get_peers', id: ASKER, infoHash }).peers

  test('are found at their port, or with implied_port at the one they sent from', () => {
    expect(peers()).toBeUndefined()
    announce()
    announce({ impliedPort: true }, '203.0.113.1', 1234)
    announce({ impliedPort: false }, '203.0.113.2', 1234)
    expect(peers()).toHaveLength(3)
    expect(peers()).toEqual(
      expect.arrayContaining([
        { host: '127.0.0.1', port: 7000 },
        { host: '203.0.113.1', port: 1234 },
        { host: '203.0.113.2', port: 7000 },
      ]),
    )
  })

  test('need a token and a port', () => {
    expect(announce({ token: new Uint8Array(8) })).toBe('error')
    expect(announce({ port: 0 })).toBe('error')
    expect(peers()).toBeUndefined()
  })

  test('come ten at a time, differently chosen, and go after 30 minutes', () => {
    for (let port = 1; port <= 60; port++) announce({ port })
    expect(peers()).toHaveLength(10)
    const seen = new Set(Array.from({ length: 40 }, () => peers()!.map(({ port }) => port)).flat())
    expect(seen.size).toBeGreaterThan(20)
    expect(Math.min(...seen)).toBeGreaterThan(10)
    time += 31 * 60_000
    expect(peers()).toBeUndefined()
    server.sweep()
    expect(server.stored.infoHashes).toBe(0)
  })

  test('are sampled by info-hash (BEP 51)', () => {
    announce()
    announce({ infoHash: new Uint8Array(20).fill(8) })
    const { samples } = respond({ method: 'sample_infohashes', id: ASKER, target })
    expect(samples).toMatchObject({ count: 2 })
    expect(samples!.hashes).toHaveLength(40)
    expect(samples!.interval).toBeGreaterThan(0)
  })
})

describe('malformed queries', () => {
  const answerTo = (hex: string) => {
    const message = exchange(Buffer.from(hex, 'hex'))?.message
    return message?.type === 'error' ? `${message.code} ${message.description}` : message?.type
  }
  const named = (list: readonly { name: string; queryHex?: string; hex?: string }[], names: readonly string[]) =>
    list.filter(({ name }) => names.includes(name)).map((entry) => answerTo(entry.queryHex ?? entry.hex ?? ''))

  test('are refused with what is wrong, and store nothing', () => {
    expect(
      named(vectors.krpc.mustNotCrash, ['put with k but no seq and no sig', 'put whose target is not SHA-1 of k']),
    ).toEqual(['203 Malformed put', BAD_TOKEN])
    expect(
      named(vectors.krpc_captured.notAnswered, [
        'unknown query name',
        'put with k, without seq and sig',
        'immutable put with cas',
        'id of 19 bytes',
      ]),
    ).toEqual(['204 Method Unknown', '203 Malformed put', '203 Malformed put', undefined])
    expect(server.stored).toEqual({ mutableItems: 0, immutableItems: 0, infoHashes: 0 })
  })

  test('of two-byte transactions and odd numbers are answered', () => {
    const names = ['two-byte transaction id (libtorrent, bittorrent-dht)', 'negative zero and leading zero integers']
    expect(named(vectors.krpc.mustNotCrash, names)).toEqual(['response', 'response'])
  })
})
