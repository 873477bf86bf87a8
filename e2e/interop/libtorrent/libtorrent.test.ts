import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { hexEncode, Keypair } from '@pubky/crypto'
import { DhtNode, DhtTestnet, mutableTarget, signMutableItem } from '@pubky/dht'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingPeer } from '../../peers.ts'
import { askRaw } from './krpc.ts'
import { LibtorrentPeer, libtorrentAvailable, libtorrentHint } from './peer.ts'

/** As many as libtorrent puts to. It counts itself among them when it is close enough. */
const OUR_NODES = 8
const hex = (bytes: Uint8Array) => hexEncode(new Uint8Array(bytes))

interface Found {
  readonly seq: number
  readonly value: string | null
}

/** Waits until a libtorrent node has at least this many others in its table. */
async function knows(peer: LibtorrentPeer, count: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await peer.do<number>('nodes')) >= count) return
    await sleep(100)
  }
  throw new Error(`libtorrent did not come to know ${count} nodes`)
}

const skip = missingPeer('python3-libtorrent', libtorrentAvailable, libtorrentHint)

describe.skipIf(skip)('libtorrent in a network of our nodes', () => {
  let network: DhtTestnet
  let node: DhtNode
  let peer: LibtorrentPeer

  beforeAll(async () => {
    network = await DhtTestnet.create({ size: OUR_NODES, port: 0, requestTimeout: 500 })
    const ports = network.nodes.map(({ address }) => address.port)
    peer = (await LibtorrentPeer.start(ports)).peer
    // A server, because libtorrent 2.0.8 remembers whoever asks, `ro` or not, and then waits 15 s for clients.
    const bootstrap = network.bootstrap.slice(0, 3)
    node = await DhtNode.create({ host: '127.0.0.1', port: 0, bootstrap, serverMode: true, requestTimeout: 1_000 })
    await knows(peer, OUR_NODES)
  })
  afterAll(async () => {
    await peer[Symbol.asyncDispose]()
    await node[Symbol.asyncDispose]()
    await network[Symbol.asyncDispose]()
  })

  const keyed = (keypair: Keypair) => ({ key: hex(keypair.publicKey.bytes), secret: hex(keypair.secret()) })

  test('puts mutable items that we get, with and without salt', async () => {
    for (const salt of ['', 'foobar']) {
      const keypair = Keypair.random()
      const value = randomBytes(600)
      const params = { ...keyed(keypair), value: hex(value), salt: hex(Buffer.from(salt)) }
      const put = await peer.do<{ stored: number; seq: number }>('put', params)
      expect(put.stored).toBeGreaterThanOrEqual(OUR_NODES - 1)
      const options = salt ? { salt: new Uint8Array(Buffer.from(salt)) } : {}
      const { item } = await node.getMutableMostRecent(keypair.publicKey, options)
      expect(item?.seq).toBe(BigInt(put.seq))
      expect(item && hex(item.value)).toBe(hex(value))
    }
  })

  test('gets mutable items that we put', async () => {
    const keypair = Keypair.random()
    const value = randomBytes(996)
    await node.putMutable(signMutableItem(keypair, { seq: 1_700_000_000_000_001n, value }))
    const found = await peer.do<Found>('get', keyed(keypair))
    expect(found).toEqual({ seq: 1_700_000_000_000_001, value: hex(value) })
  })

  test('replaces an item of ours, and we one of its', async () => {
    const keypair = Keypair.random()
    await node.putMutable(signMutableItem(keypair, { seq: 10n, value: Buffer.from('ours') }))
    const put = await peer.do<{ seq: number }>('put', { ...keyed(keypair), value: hex(Buffer.from('theirs')) })
    expect(put.seq).toBe(11)
    const old = signMutableItem(keypair, { seq: 10n, value: Buffer.from('late') })
    await expect(node.putMutable(old)).rejects.toMatchObject({ code: 'not-most-recent' })
    await node.putMutable(signMutableItem(keypair, { seq: 12n, value: Buffer.from('again') }), { cas: 11n })
    expect((await peer.do<Found>('get', keyed(keypair))).value).toBe(hex(Buffer.from('again')))
  })

  test('exchanges immutable values with us', async () => {
    const ours = randomBytes(300)
    const { target } = await node.putImmutable(ours)
    expect(await peer.do('getImmutable', { target: hex(target) })).toBe(hex(ours))
    const theirs = randomBytes(400)
    const put = await peer.do<{ target: string; stored: number }>('putImmutable', { value: hex(theirs) })
    expect(put.stored).toBeGreaterThanOrEqual(OUR_NODES - 1)
    const found = await node.getImmutable(new Uint8Array(Buffer.from(put.target, 'hex')))
    expect(found && hex(found)).toBe(hex(theirs))
  })

  test('exchanges peers of torrents with us', async () => {
    const ours = new Uint8Array(randomBytes(20))
    await node.announcePeer(ours, { port: 4000 })
    expect(await peer.do('getPeers', { target: hex(ours) })).toContain('127.0.0.1:4000')
    const theirs = new Uint8Array(randomBytes(20))
    const port = await peer.do<number>('announce', { target: hex(theirs) })
    const seen: number[] = []
    for (let tries = 0; tries < 50 && seen.length === 0; tries++) {
      for await (const address of node.getPeers(theirs)) seen.push(address.port)
      await sleep(100)
    }
    expect(seen).toEqual([port])
  })
})

describe.skipIf(skip)('our client in a network of libtorrent nodes', () => {
  const peers: LibtorrentPeer[] = []
  const ports: number[] = []
  let writer: DhtNode
  let reader: DhtNode

  beforeAll(async () => {
    for (let i = 0; i < 4; i++) {
      const { peer, port } = await LibtorrentPeer.start(ports)
      peers.push(peer)
      ports.push(port)
    }
    await Promise.all(peers.map((peer) => peer.do('addNodes', { nodes: ports })))
    const bootstrap = ports.map((port) => `127.0.0.1:${port}`)
    const settings = { host: '127.0.0.1', port: 0, requestTimeout: 1_000, bootstrap } as const
    writer = await DhtNode.create(settings)
    reader = await DhtNode.create(settings)
    await Promise.all([writer.bootstrapped(), reader.bootstrapped()])
  })
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()))
    await Promise.all([writer, reader].map((node) => node[Symbol.asyncDispose]()))
  })

  test('stores and finds items up to 996 bytes, with salt and with large seq', async () => {
    for (const seq of [1n, 1_700_000_000_000_001n, 2n ** 62n]) {
      const keypair = Keypair.random()
      const salt = randomBytes(64)
      const value = randomBytes(996)
      const { storedNodes } = await writer.putMutable(signMutableItem(keypair, { seq, value, salt }))
      expect(storedNodes).toBe(peers.length)
      const { item, report } = await reader.getMutableMostRecent(keypair.publicKey, { salt })
      expect(item?.seq).toBe(seq)
      expect(report.values).toBe(peers.length)
    }
  })

  test('is told why a put is refused', async () => {
    const keypair = Keypair.random()
    const sign = (seq: bigint, value: Uint8Array) => signMutableItem(keypair, { seq, value })
    await writer.putMutable(sign(5n, Buffer.from('first')))
    await expect(writer.putMutable(sign(4n, Buffer.from('x')))).rejects.toMatchObject({
      code: 'not-most-recent',
      rejection: { code: 302 },
    })
    await expect(writer.putMutable(sign(6n, Buffer.from('x')), { cas: 4n })).rejects.toMatchObject({
      code: 'cas-failed',
      rejection: { code: 301 },
    })
    await writer.putMutable(sign(6n, Buffer.from('second')), { cas: 5n })
    await expect(writer.putMutable(sign(7n, randomBytes(997)))).rejects.toMatchObject({
      code: 'rejected',
      rejection: { code: 205 },
    })
  })

  test('asks for newer items only', async () => {
    const keypair = Keypair.random()
    await writer.putMutable(signMutableItem(keypair, { seq: 5n, value: Buffer.from('x') }))
    const same = await reader.getMutableMostRecent(keypair.publicKey, { newerThan: 5n })
    expect(same.item).toBeUndefined()
    expect(same.report.noMoreRecent).toBe(peers.length)
    expect((await reader.getMutableMostRecent(keypair.publicKey, { newerThan: 4n })).item?.seq).toBe(5n)
  })

  test('stores immutable values and announces peers', async () => {
    const value = randomBytes(500)
    const { target } = await writer.putImmutable(value)
    const found = await reader.getImmutable(target)
    expect(found && hex(found)).toBe(hex(value))
    const infoHash = new Uint8Array(randomBytes(20))
    await writer.announcePeer(infoHash, { port: 4002 })
    const seen: number[] = []
    for await (const address of reader.getPeers(infoHash)) seen.push(address.port)
    expect(seen).toEqual([4002])
  })

  test('gets the error numbers that our own nodes give as well', async () => {
    await using ours = await DhtNode.create({ host: '127.0.0.1', port: 0, bootstrap: [], serverMode: true })
    const keypair = Keypair.random()
    const { signature } = signMutableItem(keypair, { seq: 1n, value: Buffer.from('x') })
    const target = mutableTarget(keypair.publicKey.bytes)
    for (const port of [ports[0]!, ours.address.port]) {
      const got = (await askRaw(port, 'get', { target })).get('r')
      const token = got instanceof Map ? got.get('token') : undefined
      if (!(token instanceof Uint8Array)) throw new Error('no token')
      const put = { k: keypair.publicKey.bytes, seq: 1, sig: signature, v: 'x', target, token }
      const code = async (changes: Record<string, Uint8Array | string>) => {
        const error = (await askRaw(port, 'put', { ...put, ...changes })).get('e')
        return Array.isArray(error) ? Number(error[0]) : 'stored'
      }
      expect(await code({ token: Buffer.from('none') })).toBe(203)
      expect(await code({ sig: new Uint8Array(64) })).toBe(206)
      expect(await code({ v: 'a'.repeat(1001) })).toBe(205)
      expect(await code({})).toBe('stored')
    }
  })
})
