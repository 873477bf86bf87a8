import { Keypair, type PublicKey } from '@pubky/crypto'
import { describe, expect, it } from 'vitest'
import type { DnsRecord } from '../dns/record.ts'
import { txtStrings } from '../dns/text.ts'
import { PkarrError } from '../error.ts'
import { resolveFailure } from '../network/failures.ts'
import { publishFailure } from '../network/publish-failures.ts'
import type { PublishOptions, PublishReceipt, ResolveAnswer, ResolveQuery, Transport } from '../network/transport.ts'
import { wallMicroseconds } from '../packet/clock.ts'
import { signPacket } from '../packet/sign-packet.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'
import { editRecords, mostRecent } from './edit.ts'
import { MemoryCache } from './packet-cache.ts'
import { PkarrClient, type PkarrClientInit } from './pkarr-client.ts'
import { republish } from './republish.ts'

const keypair = Keypair.fromSecret(new Uint8Array(32))
const key = keypair.publicKey
const SECOND = 1_000_000n
const START = 1_700_000_000n * SECOND

/** A clock that only moves when told to. */
class Time {
  micros = START
  readonly now = () => this.micros
  pass(seconds: number): void {
    this.micros += BigInt(Math.round(seconds * 1e6))
  }
}

function packet(timestamp: bigint, ttl = 60, text = 'x'): SignedPacket {
  const records: DnsRecord[] = [{ type: 'TXT', name: 'foo', ttl, strings: txtStrings(text) }]
  return signPacket({ keypair, records, timestamp, now: () => START })
}

/** A network whose every move the test decides. */
class FakeNetwork implements Transport {
  readonly name = 'fake'
  readonly queries: ResolveQuery[] = []
  readonly published: { readonly packet: SignedPacket; readonly cas: bigint | undefined }[] = []
  /** Answers to each look-up; a function is awaited first, an error ends it. */
  answers: readonly (ResolveAnswer | PkarrError | (() => Promise<void>))[] = []
  publishing: (packet: SignedPacket) => Promise<PublishReceipt> = async () => ({ storedNodes: 20 })

  async *resolve(_: PublicKey, query: ResolveQuery): AsyncGenerator<ResolveAnswer, void> {
    this.queries.push(query)
    for (const answer of this.answers) {
      if (typeof answer === 'function') await answer()
      else if (answer instanceof PkarrError) throw answer
      else yield answer
    }
  }

  async publish(given: SignedPacket, options: PublishOptions): Promise<PublishReceipt> {
    this.published.push({ packet: given, cas: options.cas })
    return await this.publishing(given)
  }
}

const found = (given: SignedPacket): ResolveAnswer => ({ kind: 'packet', packet: given })
const invalid = (seq: bigint): ResolveAnswer => ({ kind: 'invalid', seq })
const NOTHING: ResolveAnswer = { kind: 'nothing' }

function setUp(init: Partial<PkarrClientInit> = {}, ...more: readonly FakeNetwork[]) {
  const time = new Time()
  const network = new FakeNetwork()
  const cache = new MemoryCache()
  const client = new PkarrClient({
    transports: [network, ...more],
    cache,
    minimumTtl: 0,
    now: time.now,
    ...init,
  })
  return { time, network, cache, client }
}

/** A door that tests open. */
function gate(): { readonly wait: () => Promise<void>; readonly open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { wait: () => opened, open: () => open() }
}

const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error) => (error instanceof PkarrError ? error.code : String(error)),
  )

describe('CacheFirst', () => {
  it('gives a fresh packet without asking', async () => {
    const { client, cache, network, time } = setUp()
    cache.put(packet(5n))
    time.pass(59.9)
    expect((await client.resolve(key))?.timestamp).toBe(5n)
    expect(network.queries).toEqual([])
  })

  it('asks with the known timestamp when the packet has expired, and takes the same packet as news', async () => {
    const { client, cache, network, time } = setUp()
    cache.put(packet(5n))
    time.pass(60)
    network.answers = [found(packet(5n).withLastSeen(time.now()))]
    expect((await client.resolve(key))?.lastSeen).toBe(time.now())
    expect(network.queries.map((query) => [query.policy, query.known])).toEqual([['CacheFirst', 5n]])
    expect(client.cached(key)?.lastSeen).toBe(time.now())
  })

  it('ends with the first acceptable packet, and keeps what comes later', async () => {
    const { client, network } = setUp()
    const later = gate()
    network.answers = [found(packet(5n)), later.wait, found(packet(6n))]
    expect((await client.resolve(key))?.timestamp).toBe(5n)
    later.open()
    await expect.poll(() => client.cached(key)?.timestamp).toBe(6n)
  })

  it('gives what was published while the network was still asked', async () => {
    const { client, network } = setUp()
    const late = gate()
    network.answers = [late.wait, found(packet(5n))]
    const looking = client.resolve(key)
    await client.publish(packet(6n))
    late.open()
    expect((await looking)?.timestamp).toBe(6n)
  })

  it('counts what the cached packet beats as nothing', async () => {
    const { client, cache, network, time } = setUp()
    cache.put(packet(5n))
    time.pass(61)
    network.answers = [found(packet(4n).withLastSeen(time.now()))]
    expect(await client.resolve(key)).toBeUndefined()
    expect(client.cached(key)?.timestamp).toBe(5n)
  })

  it('prefers a fresh packet to a newer one that has expired, but remembers the newer', async () => {
    const { client, network, time } = setUp()
    time.pass(100)
    network.answers = [found(packet(9n).withLastSeen(START)), found(packet(8n).withLastSeen(time.now()))]
    expect((await client.resolve(key))?.timestamp).toBe(8n)
    expect(client.cached(key)?.timestamp).toBe(9n)
  })

  it('gives nothing when only expired packets came, and keeps them', async () => {
    const { client, network, time } = setUp()
    time.pass(100)
    network.answers = [found(packet(9n).withLastSeen(START))]
    expect(await client.resolve(key)).toBeUndefined()
    expect(client.cached(key)?.timestamp).toBe(9n)
  })

  it('accepts an answer of this second even when its records may not be cached', async () => {
    const { client, network } = setUp()
    network.answers = [found(packet(9n, 0))]
    expect((await client.resolve(key))?.timestamp).toBe(9n)
  })

  it('accepts everything the network gives when the maximum TTL is 0', async () => {
    const { client, network, time } = setUp({ maximumTtl: 0 })
    time.pass(1000)
    network.answers = [found(packet(9n).withLastSeen(START))]
    expect((await client.resolve(key))?.timestamp).toBe(9n)
  })
})

describe('CacheOnly', () => {
  it('gives an expired packet', async () => {
    const { client, cache, network, time } = setUp()
    cache.put(packet(5n))
    time.pass(1000)
    expect((await client.resolve(key, { policy: 'CacheOnly' }))?.timestamp).toBe(5n)
    expect(network.queries).toEqual([])
  })

  it('asks the caches of others', async () => {
    const { client, network, time } = setUp()
    time.pass(1000)
    network.answers = [found(packet(5n).withLastSeen(START))]
    expect((await client.resolve(key, { policy: 'CacheOnly' }))?.timestamp).toBe(5n)
    expect(network.queries[0]?.policy).toBe('CacheOnly')
  })
})

describe('NetworkOnly', () => {
  it('waits for all and takes the most recent, whatever is cached', async () => {
    const second = new FakeNetwork()
    const { client, cache, network } = setUp({}, second)
    cache.put(packet(9n))
    const wait = gate()
    network.answers = [found(packet(5n))]
    second.answers = [wait.wait, found(packet(6n))]
    const looking = client.resolve(key, { policy: 'NetworkOnly' })
    wait.open()
    expect((await looking)?.timestamp).toBe(6n)
    expect(network.queries[0]?.known).toBeUndefined()
    expect(client.cached(key)?.timestamp).toBe(9n)
  })

  it('keeps the later sighting of equal packets', async () => {
    const { client, network } = setUp()
    network.answers = [found(packet(5n).withLastSeen(9n)), found(packet(5n).withLastSeen(8n))]
    expect((await client.resolve(key, { policy: 'NetworkOnly' }))?.lastSeen).toBe(9n)
  })
})

describe('items that are no packets', () => {
  it.each([
    ['newer than every packet', [found(packet(5n)), invalid(6n)], 'invalid-signed-packet'],
    ['as new as a packet', [found(packet(5n)), invalid(5n)], 'no error'],
    ['older than a packet', [invalid(4n), found(packet(5n))], 'no error'],
    ['alone', [invalid(4n)], 'invalid-signed-packet'],
    ['with a negative number', [invalid(-4n)], 'invalid-signed-packet'],
  ])('%s', async (_, answers, expected) => {
    const { client, network } = setUp()
    network.answers = answers
    expect(await code(client.resolve(key, { policy: 'NetworkOnly' }))).toBe(expected)
  })

  it('do not end a look-up early with an older packet', async () => {
    const { client, network } = setUp()
    network.answers = [invalid(6n), found(packet(5n))]
    await expect(client.resolve(key)).rejects.toMatchObject({ code: 'invalid-signed-packet', seq: 6n })
  })

  it('count as nothing when the cached packet covers them', async () => {
    const { client, cache, network, time } = setUp()
    cache.put(packet(5n))
    time.pass(100)
    network.answers = [invalid(5n)]
    expect(await client.resolve(key)).toBeUndefined()
  })
})

describe('failures', () => {
  const failing = (...codes: Parameters<typeof resolveFailure>[0][]) =>
    codes.map((name) => {
      const network = new FakeNetwork()
      network.answers = [resolveFailure(name)]
      return network
    })

  it.each([
    [['no-responses', 'unexpected-responses', 'unexpected-responses'], 'unexpected-responses'],
    [['unexpected-responses', 'no-responses'], 'no-responses'],
    [['no-nodes', 'no-responses'], 'no-nodes'],
    [['no-nodes', 'no-usable-responses'], 'no-usable-responses'],
  ] as const)('%j come to %s', async (codes, expected) => {
    const client = new PkarrClient({ transports: failing(...codes) })
    expect(await code(client.resolve(key))).toBe(expected)
  })

  it('give way to any answer', async () => {
    const empty = new FakeNetwork()
    const client = new PkarrClient({ transports: [...failing('no-nodes', 'no-nodes'), empty] })
    expect(await client.resolve(key)).toBeUndefined()
    empty.answers = [found(packet(5n))]
    expect((await client.resolve(key, { policy: 'NetworkOnly' }))?.timestamp).toBe(5n)
  })

  it('of a transport that breaks are unexpected responses with the cause', async () => {
    const network = new FakeNetwork()
    const bug = new Error('bug')
    network.answers = [() => Promise.reject(bug)]
    network.publishing = () => Promise.reject(bug)
    const client = new PkarrClient({ transports: [network] })
    await expect(client.resolve(key)).rejects.toMatchObject({ code: 'unexpected-responses', cause: bug })
    await expect(client.publish(packet(5n))).rejects.toMatchObject({ code: 'unexpected-responses', cause: bug })
  })
})

describe('sharing and remembering', () => {
  it('asks once for all who look the same key up at the same time', async () => {
    const { client, network } = setUp()
    const wait = gate()
    network.answers = [wait.wait, found(packet(5n))]
    const looking = [client.resolve(key), client.resolve(key), client.resolve(key)]
    wait.open()
    expect((await Promise.all(looking)).map((result) => result?.timestamp)).toEqual([5n, 5n, 5n])
    expect(network.queries).toHaveLength(1)
  })

  it('goes on when one of several callers leaves, and stops when all have', async () => {
    const { client, network } = setUp()
    const wait = gate()
    network.answers = [wait.wait]
    const [first, second] = [new AbortController(), new AbortController()]
    const looking = [
      client.resolve(key, { signal: first.signal }).catch((error: unknown) => error),
      client.resolve(key, { signal: second.signal }).catch((error: unknown) => error),
    ]
    await expect.poll(() => network.queries.length).toBe(1)
    first.abort('first')
    expect(await looking[0]).toBe('first')
    expect(network.queries[0]?.signal.aborted).toBe(false)
    second.abort('second')
    expect(await looking[1]).toBe('second')
    expect(network.queries[0]?.signal.aborted).toBe(true)
    wait.open()
  })

  it('remembers that there is nothing, for as long as told, until the key is published', async () => {
    const { client, network, time } = setUp({ negativeTtlMs: 2000 })
    network.answers = [NOTHING]
    expect(await client.resolve(key)).toBeUndefined()
    expect(await client.resolve(key)).toBeUndefined()
    expect(network.queries).toHaveLength(1)
    await client.resolve(key, { policy: 'NetworkOnly' })
    expect(network.queries).toHaveLength(2)
    time.pass(2)
    await client.resolve(key)
    expect(network.queries).toHaveLength(3)
    await client.publish(packet(5n))
    expect((await client.resolve(key))?.timestamp).toBe(5n)
  })

  it('does not take a failure for absence', async () => {
    const { client, network } = setUp({ negativeTtlMs: 2000 })
    network.answers = [resolveFailure('no-responses')]
    await code(client.resolve(key))
    network.answers = [found(packet(5n))]
    expect((await client.resolve(key))?.timestamp).toBe(5n)
  })

  it('gives a stale packet out while it fetches a fresh one, but not for ever', async () => {
    const { client, cache, network, time } = setUp({ staleWhileRevalidate: 30 })
    cache.put(packet(5n))
    time.pass(89)
    network.answers = [found(packet(6n).withLastSeen(time.now()))]
    expect((await client.resolve(key))?.timestamp).toBe(5n)
    await expect.poll(() => client.cached(key)?.timestamp).toBe(6n)
    time.pass(90)
    network.answers = [found(packet(7n).withLastSeen(time.now()))]
    expect((await client.resolve(key))?.timestamp).toBe(7n)
  })

  it('forgets the packet used least when the cache is full', () => {
    const cache = new MemoryCache(2)
    const of = (secret: number) =>
      signPacket({ keypair: Keypair.fromSecret(new Uint8Array(32).fill(secret)), records: [] })
    const [a, b, c] = [of(1), of(2), of(3)]
    cache.put(a)
    cache.put(b)
    cache.get(a.publicKey)
    cache.put(c)
    expect([a, b, c].map(({ publicKey }) => cache.get(publicKey) !== undefined)).toEqual([true, false, true])
  })

  it('keeps nothing with a capacity of 0', () => {
    const cache = new MemoryCache(0)
    cache.put(packet(5n))
    expect(cache.get(key)).toBeUndefined()
  })
})

describe('publishing', () => {
  it('reaches all transports and reports the largest count', async () => {
    const second = new FakeNetwork()
    const { client, network } = setUp({}, second)
    network.publishing = async () => ({ storedNodes: 3 })
    expect(await client.publish(packet(5n))).toEqual({ storedNodes: 20 })
    expect([network.published.length, second.published.length]).toEqual([1, 1])
    expect(client.cached(key)?.timestamp).toBe(5n)
  })

  it('succeeds when one of two transports fails', async () => {
    const second = new FakeNetwork()
    const { client } = setUp({}, second)
    second.publishing = () => Promise.reject(publishFailure('no-responses'))
    expect(await client.publish(packet(5n))).toEqual({ storedNodes: 20 })
  })

  it('asks nobody about a packet older than the cached one', async () => {
    const { client, cache, network } = setUp()
    cache.put(packet(6n))
    await expect(client.publish(packet(5n))).rejects.toMatchObject({ code: 'not-most-recent', seq: 6n })
    expect(network.published).toEqual([])
  })

  it('sends the cached packet again', async () => {
    const { client, cache, network } = setUp()
    cache.put(packet(6n))
    await client.publish(packet(6n))
    expect(network.published).toHaveLength(1)
  })

  it('does one key after the other packet, so the later one wins', async () => {
    const { client, network } = setUp()
    const wait = gate()
    network.publishing = async () => {
      await wait.wait()
      return { storedNodes: 1 }
    }
    const older = client.publish(packet(7n))
    const newer = client.publish(packet(8n))
    const oldest = code(client.publish(packet(6n)))
    await expect.poll(() => network.published.length).toBe(1)
    wait.open()
    await Promise.all([older, newer])
    expect(await oldest).toBe('not-most-recent')
    expect(network.published.map((entry) => entry.packet.timestamp)).toEqual([7n, 8n])
  })

  it('sends a packet once that is given twice at the same time', async () => {
    const { client, network } = setUp()
    await Promise.all([client.publish(packet(5n)), client.publish(packet(5n))])
    expect(network.published).toHaveLength(1)
  })

  it('compares and swaps', async () => {
    const { client, network } = setUp()
    network.answers = [found(packet(5n))]
    await client.publish(packet(7n), { expectPrevious: 5n })
    expect(network.published.map((entry) => entry.cas)).toEqual([5n])
    network.answers = [found(packet(8n))]
    await expect(client.publish(packet(9n), { expectPrevious: 7n })).rejects.toMatchObject({
      code: 'not-most-recent',
      seq: 8n,
    })
    expect(network.published).toHaveLength(1)
  })

  it('refuses a date more than a day ahead', async () => {
    const { client, network } = setUp()
    expect(await code(client.publish(packet(START + 86_401n * SECOND)))).toBe('invalid-timestamp')
    expect(network.published).toEqual([])
  })
})

describe('closing', () => {
  it('ends look-ups and publishes with an abort, twice is fine', async () => {
    const { client, network } = setUp()
    const closed = (query: ResolveQuery | undefined) =>
      new Promise<void>((_, reject) => query?.signal.addEventListener('abort', () => reject(query.signal.reason)))
    network.answers = [() => closed(network.queries[0])]
    const looking = client.resolve(key)
    await expect.poll(() => network.queries.length).toBe(1)
    const disposing = client[Symbol.asyncDispose]()
    await expect(looking).rejects.toMatchObject({ name: 'AbortError' })
    await disposing
    await client[Symbol.asyncDispose]()
    await expect(client.publish(packet(5n))).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('editing one’s records', () => {
  const added: DnsRecord = { type: 'TXT', name: 'bar', ttl: 1, strings: txtStrings('y') }

  it('starts from the most recent packet and dates the new one after it', async () => {
    const { client, network } = setUp({ now: wallMicroseconds })
    const ahead = BigInt(Date.now()) * 1000n + 60n * SECOND
    network.answers = [found(packet(ahead))]
    const published = await editRecords(client, keypair, (records) => [...records, added])
    expect(published?.timestamp).toBe(ahead + 1n)
    expect(published?.answers.map((record) => record.name.split('.')[0])).toEqual(['foo', 'bar'])
  })

  it('starts again when another device was faster, up to three times', async () => {
    const { client, network } = setUp({ now: wallMicroseconds })
    network.publishing = () => Promise.reject(publishFailure('not-most-recent'))
    expect(await code(editRecords(client, keypair, () => [added]))).toBe('not-most-recent')
    expect(network.published).toHaveLength(3)
  })

  it('does nothing when told so', async () => {
    const { client, network } = setUp({ now: wallMicroseconds })
    expect(await editRecords(client, keypair, () => undefined)).toBeUndefined()
    expect(network.published).toEqual([])
  })

  it('does not overwrite what it could not read, unless told to', async () => {
    const { client, network } = setUp({ now: wallMicroseconds })
    network.answers = [resolveFailure('no-responses')]
    expect(await code(editRecords(client, keypair, () => [added]))).toBe('no-responses')
    expect(network.published).toEqual([])
    await editRecords(client, keypair, () => [added], { unreadable: 'use-cache' })
    expect(network.published).toHaveLength(1)
  })

  it('replaces an item that is no packet', async () => {
    const { client, network } = setUp({ now: wallMicroseconds })
    network.answers = [invalid(5n)]
    expect(await editRecords(client, keypair, () => [added])).toBeDefined()
  })

  it('knows the more recent of network and cache', async () => {
    const { client, cache, network } = setUp({ now: wallMicroseconds })
    network.answers = [found(packet(5n))]
    expect((await mostRecent(client, key))?.timestamp).toBe(5n)
    cache.put(packet(6n))
    expect((await mostRecent(client, key))?.timestamp).toBe(6n)
  })
})

describe('republishing', () => {
  const signal = new AbortController().signal

  it('sends the newest packet again, unchanged', async () => {
    const { client, network } = setUp()
    network.answers = [found(packet(5n))]
    const outcome = await republish(client, key, { signal, stored: packet(4n) })
    expect(outcome).toMatchObject({ kind: 'published', storedNodes: 20 })
    expect(network.published[0]?.packet.isSameAs(packet(5n))).toBe(true)
  })

  it('sends a stored packet that the network has lost', async () => {
    const { client, network } = setUp()
    expect(await republish(client, key, { signal, stored: packet(4n) })).toMatchObject({ kind: 'published' })
    expect(network.published[0]?.packet.timestamp).toBe(4n)
  })

  it('tells missing, skipped and invalid apart', async () => {
    const { client, network } = setUp()
    expect(await republish(client, key, { signal })).toEqual({ kind: 'missing' })
    network.answers = [found(packet(5n))]
    expect(await republish(client, key, { signal, isWanted: () => false })).toMatchObject({ kind: 'skipped' })
    network.answers = [invalid(9n)]
    expect(await republish(client, key, { signal })).toEqual({ kind: 'invalid', seq: 9n })
    expect(network.published).toEqual([])
  })

  it('tries four times when too few nodes stored it', async () => {
    const { client, network } = setUp()
    network.answers = [found(packet(5n))]
    network.publishing = async () => ({ storedNodes: 9 })
    const outcome = await republish(client, key, { signal, random: () => -0.999 })
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'no-responses' } })
    expect(network.published).toHaveLength(4)
  })

  it('stops between tries on the signal', async () => {
    const { client, network } = setUp()
    const controller = new AbortController()
    network.answers = [resolveFailure('no-responses')]
    const running = republish(client, key, { signal: controller.signal, random: () => 1 })
    await expect.poll(() => network.queries.length).toBe(1)
    controller.abort('stop')
    await expect(running).rejects.toBe('stop')
  })
})
