import { once } from 'node:events'
import { Keypair, PublicKey, verifySignature } from '@pubky/crypto'
import { Client } from 'bittorrent-dht'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DhtNode, DhtTestnet, mutableTarget, signMutableItem } from '../src/index.ts'

const verify = (signature: Buffer, message: Buffer, key: Buffer) =>
  verifySignature(PublicKey.fromBytes(key), message, signature)
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString()

/** A node of the JavaScript implementation, which sends 2-byte transactions, no `target` and no `ro`. */
class Peer implements AsyncDisposable {
  readonly client: Client
  readonly address: { readonly host: string; readonly port: number }

  private constructor(client: Client) {
    this.client = client
    this.address = { host: '127.0.0.1', port: client.address().port }
  }

  static async create(bootstrap: readonly string[] | false): Promise<Peer> {
    const client = new Client({ bootstrap, host: '127.0.0.1', verify })
    await new Promise<void>((done) => client.listen(0, '127.0.0.1', done))
    if (bootstrap) await once(client, 'ready')
    return new Peer(client)
  }

  put(keypair: Keypair, seq: number, value: string, more: { salt?: Buffer; cas?: number } = {}): Promise<number> {
    const sign = (message: Buffer) => Buffer.from(keypair.sign(message))
    const item = { k: Buffer.from(keypair.publicKey.bytes), v: Buffer.from(value), seq, sign, ...more }
    return new Promise((resolve, reject) => {
      this.client.put(item, (error, _, stored) => (error ? reject(error) : resolve(stored)))
    })
  }

  get(target: Uint8Array, salt?: Buffer): Promise<{ value: string; seq: number | undefined } | undefined> {
    const options = salt ? { salt, cache: false } : { cache: false }
    return new Promise((resolve, reject) => {
      this.client.get(Buffer.from(target), options, (error, found) => {
        if (error) reject(error)
        else resolve(found ? { value: found.v.toString(), seq: found.seq } : undefined)
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((done) => this.client.destroy(done))
  }
}

describe('bittorrent-dht 11 in a network of our nodes', () => {
  let stack: AsyncDisposableStack
  let peer: Peer
  let node: DhtNode
  beforeAll(async () => {
    stack = new AsyncDisposableStack()
    const network = stack.use(await DhtTestnet.create({ size: 10, port: 0, requestTimeout: 500 }))
    peer = stack.use(await Peer.create(network.bootstrap))
    node = stack.use(await DhtNode.create({ host: '127.0.0.1', port: 0, bootstrap: network.bootstrap.slice(0, 3) }))
  })
  afterAll(() => stack.disposeAsync())

  test('puts what we find', async () => {
    const keypair = Keypair.random()
    expect(await peer.put(keypair, 1_700_000_000_000_001, 'from them')).toBeGreaterThanOrEqual(8)
    const { item, report } = await node.getMutableMostRecent(keypair.publicKey)
    expect([item?.seq, text(item?.value)]).toEqual([1_700_000_000_000_001n, 'from them'])
    expect(report.values).toBeGreaterThanOrEqual(8)
  })

  test('finds what we put, with and without salt', async () => {
    const keypair = Keypair.random()
    const salt = Buffer.from('foobar')
    await node.putMutable(signMutableItem(keypair, { seq: 7n, value: Buffer.from('plain') }))
    await node.putMutable(signMutableItem(keypair, { seq: 8n, value: Buffer.from('salted'), salt }))
    expect(await peer.get(mutableTarget(keypair.publicKey.bytes))).toEqual({ value: 'plain', seq: 7 })
    expect(await peer.get(mutableTarget(keypair.publicKey.bytes, salt), salt)).toEqual({ value: 'salted', seq: 8 })
  })

  test('is refused with our errors', async () => {
    const keypair = Keypair.random()
    await node.putMutable(signMutableItem(keypair, { seq: 7n, value: Buffer.from('x') }))
    await expect(peer.put(keypair, 6, 'old')).rejects.toThrow('302 Sequence number less than current')
    await expect(peer.put(keypair, 8, 'new', { cas: 5 })).rejects.toThrow('301 CAS mismatched')
    expect(await peer.put(keypair, 8, 'new', { cas: 7 })).toBeGreaterThanOrEqual(8)
  })

  test('exchanges immutable values', async () => {
    const { target } = await node.putImmutable(Buffer.from('ours'))
    expect((await peer.get(target))?.value).toBe('ours')
    const theirs = await new Promise<Buffer>((resolve, reject) => {
      peer.client.put({ v: Buffer.from('theirs') }, (error, key) => (error ? reject(error) : resolve(key)))
    })
    expect(text(await node.getImmutable(theirs))).toBe('theirs')
  })

  test('exchanges peers', async () => {
    const [ours, theirs] = [Buffer.alloc(20, 1), Buffer.alloc(20, 2)]
    await node.announcePeer(ours, { port: 1111 })
    const found = once(peer.client, 'peer')
    peer.client.lookup(ours, () => {})
    expect((await found)[0]).toMatchObject({ host: '127.0.0.1', port: 1111 })
    await new Promise<void>((resolve, reject) => {
      peer.client.announce(theirs, 2222, (error) => (error ? reject(error) : resolve()))
    })
    const peers: unknown[] = []
    for await (const address of node.getPeers(theirs)) peers.push(address)
    expect(peers).toEqual([{ host: '127.0.0.1', port: 2222 }])
  })
})

test('our client puts and gets in a network of bittorrent-dht nodes', async () => {
  await using stack = new AsyncDisposableStack()
  const first = stack.use(await Peer.create(false))
  const entrance = `${first.address.host}:${first.address.port}`
  const others: Peer[] = []
  for (let i = 0; i < 4; i++) others.push(stack.use(await Peer.create([entrance])))
  const settings = { host: '127.0.0.1', port: 0, bootstrap: [entrance], requestTimeout: 500 } as const
  await using writer = await DhtNode.create(settings)
  await using reader = await DhtNode.create(settings)

  const keypair = Keypair.random()
  const { storedNodes } = await writer.putMutable(signMutableItem(keypair, { seq: 1n, value: Buffer.from('hello') }))
  const { item } = await reader.getMutableMostRecent(keypair.publicKey)
  expect(text(item?.value)).toBe('hello')
  expect(storedNodes).toBeGreaterThanOrEqual(1)

  await writer.putMutable(signMutableItem(keypair, { seq: 2n, value: Buffer.from('more') }), { cas: 1n })
  await expect(
    writer.putMutable(signMutableItem(keypair, { seq: 1n, value: Buffer.from('less') })),
  ).rejects.toMatchObject({ code: 'not-most-recent' })
  const { target } = await writer.putImmutable(Buffer.from('fixed'))
  expect(text(await reader.getImmutable(target))).toBe('fixed')
})
