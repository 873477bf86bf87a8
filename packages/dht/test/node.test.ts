import { Keypair } from '@pubky/crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encode } from '../src/bencode/encode.ts'
import {
  DhtError,
  DhtNode,
  type DhtNodeInit,
  type LookupReport,
  type MutableItem,
  signMutableItem,
} from '../src/index.ts'
import { immutableTarget } from '../src/items/immutable-item.ts'
import { randomId } from '../src/node-id.ts'
import { type Script, UdpPeer } from './udp-peer.ts'

const TOKEN = Uint8Array.of(1, 2, 3, 4)
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString()

let stack: AsyncDisposableStack
beforeEach(() => {
  stack = new AsyncDisposableStack()
})
afterEach(() => stack.disposeAsync())

const peer = async (script: Script) => stack.use(await UdpPeer.create(script))
const node = async (init: DhtNodeInit) =>
  stack.use(await DhtNode.create({ host: '127.0.0.1', port: 0, requestTimeout: 300, ...init }))

/** A node that enters through these scripted ones and no others. */
async function among(...scripts: Script[]): Promise<{ client: DhtNode; peers: UdpPeer[] }> {
  const peers = await Promise.all(scripts.map(peer))
  return { client: await node({ bootstrap: peers.map(({ name }) => name) }), peers }
}

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof DhtError ? error.code : String(error)),
  )

async function drain<T>(source: AsyncGenerator<T, LookupReport, void>): Promise<{ items: T[]; report: LookupReport }> {
  const items: T[] = []
  for (;;) {
    const next = await source.next()
    if (next.done) return { items, report: next.value }
    items.push(next.value)
  }
}

/** Answers gets with this item. */
const having =
  (item: MutableItem, changes: Partial<MutableItem> = {}): Script =>
  (query) => {
    const { publicKey, seq, signature, value } = { ...item, ...changes }
    return query.method === 'get' ? { token: TOKEN, key: publicKey.bytes, seq, signature, value } : {}
  }
const empty: Script = (query) => (query.method === 'get' || query.method === 'get_peers' ? { token: TOKEN } : {})
const silent: Script = () => undefined
const withoutToken: Script = () => ({})

describe('getMutable', () => {
  const keypair = Keypair.random()
  const item = (seq: bigint, value = `value ${seq}`) => signMutableItem(keypair, { seq, value: Buffer.from(value) })

  test('yields each distinct item once and counts every answer', async () => {
    const foreign = signMutableItem(Keypair.random(), { seq: 9n, value: Buffer.from('foreign') })
    const { client } = await among(
      having(item(1n)),
      having(item(1n)),
      having(item(2n)),
      having(foreign),
      having(item(3n), { seq: 4n }),
      empty,
      withoutToken,
      (query, ask) => (query.method === 'get' ? { error: 201 } : withoutToken(query, ask)),
      silent,
    )
    const { items, report } = await drain(client.getMutable(keypair.publicKey))
    expect(items.map(({ seq }) => seq).toSorted()).toEqual([1n, 2n])
    expect(report).toEqual({
      queried: 9,
      values: 3,
      invalidValues: 2,
      noValues: 1,
      noMoreRecent: 0,
      invalidResponses: 1,
      errors: 1,
    })
  })

  test('most recent: the highest seq, then the larger value', async () => {
    const { client } = await among(having(item(7n, 'b')), having(item(7n, 'a')), having(item(5n, 'z')))
    const { item: found } = await client.getMutableMostRecent(keypair.publicKey)
    expect([found?.seq, text(found?.value)]).toEqual([7n, 'b'])
  })

  test('newerThan is sent as seq, and nodes that ignore it are held to it', async () => {
    const { client, peers } = await among(having(item(5n)), () => ({ token: TOKEN, seq: 6n }), having(item(7n)))
    const { items, report } = await drain(client.getMutable(keypair.publicKey, { newerThan: 6n }))
    expect(items.map(({ seq }) => seq)).toEqual([7n])
    expect([report.values, report.noMoreRecent]).toEqual([1, 2])
    const query = peers[0]!.asked.find((asked) => asked.query.method === 'get')?.query
    expect(query?.method === 'get' && query.seq).toBe(6n)
  })

  test('an item under a salt is another item', async () => {
    const salt = Uint8Array.of(1)
    const salted = signMutableItem(keypair, { seq: 1n, value: Buffer.from('salted'), salt })
    const { client } = await among(having(salted))
    expect((await client.getMutableMostRecent(keypair.publicKey, { salt })).item?.salt).toEqual(salt)
    const { client: other } = await among(having(salted), empty)
    expect((await other.getMutableMostRecent(keypair.publicKey)).report.invalidValues).toBe(1)
  })

  test('two at a time are one lookup, and the later one gets all items', async () => {
    const { client, peers } = await among(having(item(1n)))
    await client.bootstrapped()
    const [a, b] = await Promise.all(
      [client.getMutable(keypair.publicKey), client.getMutable(keypair.publicKey)].map(drain),
    )
    expect([a?.items, b?.items].map((items) => items?.length)).toEqual([1, 1])
    expect(peers[0]!.count('get')).toBe(1)
  })

  test.each<[string, Script[], string]>([
    ['nobody is known', [], 'no-nodes-queried'],
    ['nobody answers', [silent, silent], 'no-responses'],
    ['no answer is one to the question', [withoutToken, () => ({ error: 201 })], 'no-usable-responses'],
    ['all say they have nothing', [empty, empty], 'no error'],
  ])('when %s', async (_, scripts, expected) => {
    const { client } = await among(...scripts)
    expect(await code(client.getMutableMostRecent(keypair.publicKey))).toBe(expected)
  })

  test('ends with the signal’s reason, before and during', async () => {
    const { client } = await among(silent)
    const reason = new Error('enough')
    await expect(client.getMutableMostRecent(keypair.publicKey, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    )
    const controller = new AbortController()
    const running = client.getMutableMostRecent(keypair.publicKey, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 20)
    await expect(running).rejects.toBe(reason)
  })

  test('goes on for one reader when another stops', async () => {
    const { client } = await among(having(item(1n)), silent)
    const controller = new AbortController()
    const stopped = code(drain(client.getMutable(keypair.publicKey, { signal: controller.signal })))
    const staying = drain(client.getMutable(keypair.publicKey))
    controller.abort(new DhtError('closed', 'changed my mind'))
    expect(await stopped).toBe('closed')
    expect((await staying).items).toHaveLength(1)
  })
})

describe('putMutable', () => {
  const keypair = Keypair.random()
  const item = (seq: bigint) => signMutableItem(keypair, { seq, value: new TextEncoder().encode(`value ${seq}`) })
  const refusing =
    (error: number): Script =>
    (query, ask) =>
      query.method === 'put' ? { error } : empty(query, ask)

  test('sends key, seq, signature, token and target, and cas if given', async () => {
    const { client, peers } = await among(empty)
    const { storedNodes, askedNodes, target } = await client.putMutable(item(5n), { cas: 4n })
    expect([storedNodes, askedNodes]).toEqual([1, 1])
    const sent = peers[0]!.asked.find(({ query }) => query.method === 'put')?.query
    const { publicKey, signature, value } = item(5n)
    expect(sent).toMatchObject({
      token: TOKEN,
      target,
      value,
      mutable: { key: publicKey.bytes, seq: 5n, signature, cas: 4n },
    })
  })

  test.each<[string, Script[], string, number | undefined]>([
    ['nobody is known', [], 'no-closest-nodes', undefined],
    ['nobody gives a token', [withoutToken], 'no-closest-nodes', undefined],
    ['nobody answers the lookup', [silent], 'no-closest-nodes', undefined],
    [
      'nobody answers the put',
      [(query, ask) => (query.method === 'put' ? undefined : empty(query, ask))],
      'timeout',
      undefined,
    ],
    ['most say 302', [refusing(302), refusing(302), empty], 'not-most-recent', 302],
    ['most say 301', [refusing(301), refusing(301), empty], 'cas-failed', 301],
    ['all say 206', [refusing(206), refusing(206)], 'rejected', 206],
    ['all say something, most 205', [refusing(205), refusing(205), refusing(203)], 'rejected', 205],
  ])('when %s', async (_, scripts, expected, rejection) => {
    const { client } = await among(...scripts)
    const error = await client.putMutable(item(5n)).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(DhtError)
    expect(error).toMatchObject({ code: expected })
    expect(error instanceof DhtError && error.rejection?.code).toBe(rejection)
  })

  test('is refused before it is sent when the lookup finds something newer, or not what cas says', async () => {
    const { client, peers } = await among(having(item(9n)))
    const newer = await client.putMutable(item(5n)).catch((reason: unknown) => reason)
    expect(newer).toMatchObject({ code: 'not-most-recent', currentSeq: 9n })
    const { client: other } = await among(having(item(9n)))
    const other9 = await other.putMutable(item(10n), { cas: 8n }).catch((reason: unknown) => reason)
    expect(other9).toMatchObject({ code: 'cas-failed', currentSeq: 9n })
    expect(peers[0]!.count('put')).toBe(0)
  })

  test('believes a minority that says 302 when it can show what is newer', async () => {
    let shows = false
    const minority: Script = (query, ask) => {
      if (query.method === 'put') {
        shows = true
        return { error: 302 }
      }
      return shows ? having(item(9n))(query, ask) : empty(query, ask)
    }
    const { client } = await among(empty, empty, minority)
    const error = await client.putMutable(item(5n)).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'not-most-recent', currentSeq: 9n })
    const { client: other } = await among(empty, empty, refusing(302))
    expect((await other.putMutable(item(5n))).storedNodes).toBe(2)
  })

  test('asks for a new token once when told that it is bad', async () => {
    let puts = 0
    const strict: Script = (query, ask) => {
      if (query.method !== 'put') return empty(query, ask)
      return ++puts === 1 ? { error: 203 } : {}
    }
    const { client, peers } = await among(strict)
    expect((await client.putMutable(item(5n))).storedNodes).toBe(1)
    expect([peers[0]!.count('get'), peers[0]!.count('put')]).toEqual([2, 2])
    const { client: other, peers: others } = await among(refusing(203))
    expect(await code(other.putMutable(item(5n)))).toBe('rejected')
    expect(others[0]!.count('put')).toBe(2)
  })

  test('uses the tokens of a lookup just made', async () => {
    const { client, peers } = await among(empty)
    await client.getMutableMostRecent(keypair.publicKey)
    await client.putMutable(item(5n))
    await client.putMutable(item(6n))
    expect([peers[0]!.count('get'), peers[0]!.count('put')]).toEqual([1, 2])
  })

  test('looks again when all nodes of the last lookup are gone', async () => {
    const [old, young] = [await peer(empty), await peer(silent)]
    const client = await node({ bootstrap: [old.name, young.name] })
    await client.putMutable(item(5n))
    old.script = silent
    young.script = empty
    expect((await client.putMutable(item(6n))).storedNodes).toBe(1)
    expect([young.count('put'), young.count('get')]).not.toContain(0)
  })

  test('two of one key at a time: the same is one, others need to say what they replace', async () => {
    let release: () => void = () => {}
    const slow = new Promise<void>((resolve) => {
      release = resolve
    })
    const held: Script = (query, ask) => {
      if (query.method !== 'put') return empty(query, ask)
      const { transactionId, port } = ask
      void slow.then(() => holder.send({ type: 'response', transactionId, response: { id: holder.id } }, port))
      return undefined
    }
    const holder = await peer(held)
    const client = await node({ bootstrap: [holder.name], requestTimeout: 2000 })
    const first = client.putMutable(item(5n))
    const same = client.putMutable(item(5n))
    expect(await code(client.putMutable(item(4n)))).toBe('not-most-recent')
    expect(await code(client.putMutable(item(6n)))).toBe('conflict-risk')
    expect(await code(client.putMutable(item(6n), { cas: 4n }))).toBe('cas-failed')
    const replaced = code(first)
    const replacement = client.putMutable(item(6n), { cas: 5n })
    expect([await replaced, await code(same)]).toEqual(['not-most-recent', 'not-most-recent'])
    release()
    expect((await replacement).storedNodes).toBe(1)
  })

  test('refuses items that no node may store', async () => {
    const { client, peers } = await among(empty)
    expect(await code(client.putMutable({ ...item(5n), seq: 6n }))).toBe('invalid-argument')
    expect(await code(client.putMutable(item(5n), { cas: 2n ** 63n }))).toBe('invalid-argument')
    expect(peers[0]!.count('put')).toBe(0)
  })

  test('ends with the signal’s reason', async () => {
    const { client } = await among((query, ask) => (query.method === 'put' ? undefined : empty(query, ask)))
    const reason = new Error('enough')
    await expect(client.putMutable(item(5n), { signal: AbortSignal.timeout(30) })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    await expect(client.putMutable(item(5n), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

describe('other lookups', () => {
  test('getImmutable takes only what hashes to the target', async () => {
    const value = new Uint8Array(Buffer.from('right'))
    const target = immutableTarget(encode(value))
    const giving =
      (answer: Uint8Array): Script =>
      (query) =>
        query.method === 'get' ? { token: TOKEN, value: answer } : {}
    const { client } = await among(giving(Uint8Array.of(1)), giving(value))
    expect(await client.getImmutable(target)).toEqual(value)
    const { client: other } = await among(giving(Uint8Array.of(1)), empty)
    expect(await other.getImmutable(target)).toBeUndefined()
    expect(await code(other.getImmutable(new Uint8Array(19)))).toBe('invalid-argument')
  })

  test('announcePeer says implied_port only when it means it', async () => {
    const { client, peers } = await among(empty)
    await client.announcePeer(randomId(), { port: 4000 })
    await client.announcePeer(randomId())
    const sent = peers[0]!.asked.map(({ query }) => query).filter((query) => query.method === 'announce_peer')
    expect(sent.map(({ port, impliedPort }) => [port, impliedPort])).toEqual([
      [4000, undefined],
      [0, true],
    ])
    expect(await code(client.announcePeer(randomId(), { port: 0 }))).toBe('invalid-argument')
  })

  test('findNode gives those that answered', async () => {
    const { client, peers } = await among(withoutToken, silent)
    const found = await client.findNode(randomId())
    expect(found.map(({ port }) => port)).toEqual([peers[0]!.address.port])
  })
})

describe('life', () => {
  test.each<[string, DhtNodeInit]>([
    ['a port out of range', { port: 65536 }],
    ['a host that is no address', { host: 'localhost' }],
    ['a bootstrap node without port', { bootstrap: ['localhost'] }],
    ['a known node without port', { knownNodes: [{ host: '1.1.1.1', port: 0 }] }],
    ['a timeout of 0', { requestTimeout: 0 }],
    ['storage for nothing', { storage: { maxMutableItems: 0 } }],
  ])('create refuses %s', async (_, init) => {
    expect(await code(DhtNode.create({ port: 0, bootstrap: [], ...init }))).toBe('invalid-argument')
  })

  test('closing ends what is under way with `closed`, and everything after', async () => {
    const { client } = await among(silent)
    const keypair = Keypair.random()
    const get = code(client.getMutableMostRecent(keypair.publicKey))
    const put = code(client.putMutable(signMutableItem(keypair, { seq: 1n, value: Uint8Array.of(1) })))
    const announce = code(client.announcePeer(randomId()))
    await client[Symbol.asyncDispose]()
    await client[Symbol.asyncDispose]()
    expect(await Promise.all([get, put, announce])).toEqual(['closed', 'closed', 'closed'])
    expect(await code(client.findNode(randomId()))).toBe('closed')
    expect(await code(client.bootstrapped())).toBe('closed')
    expect(client.address.port).toBeGreaterThan(0)
  })

  test('the second node on a machine takes another port than 6881', async () => {
    const two = [await node({ port: undefined, bootstrap: [] }), await node({ port: undefined, bootstrap: [] })]
    expect(new Set(two.map(({ address }) => address.port)).size).toBe(2)
  })

  test('an empty table enters again when the network comes up later', async () => {
    const first = await node({ bootstrap: [] })
    const { name, address } = { name: `127.0.0.1:${first.address.port}`, address: first.address }
    await first[Symbol.asyncDispose]()
    const early = await node({ bootstrap: [name], serverMode: true })
    expect(await early.bootstrapped()).toBe(false)
    await node({ bootstrap: [], port: address.port, serverMode: true })
    await expect.poll(() => early.info().contacts, { timeout: 10_000 }).toBe(1)
  })

  test('nodes known from before replace bootstrap nodes that are gone', async () => {
    const server = await node({ bootstrap: [], serverMode: true })
    const before = await node({ bootstrap: [`127.0.0.1:${server.address.port}`] })
    await before.bootstrapped()
    const after = await node({ bootstrap: ['127.0.0.1:1'], knownNodes: before.contacts() })
    expect(await after.bootstrapped()).toBe(true)
  })
})
