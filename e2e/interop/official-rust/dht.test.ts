import { randomBytes } from 'node:crypto'
import { hexEncode, Keypair } from '@pubky/crypto'
import { DhtNode, DhtTestnet, mutableTarget, signMutableItem } from '@pubky/dht'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingPeer } from '../../peers.ts'
import { peerAvailable, peerHint, RustPeer } from './peer.ts'

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))

interface Found {
  readonly seq: number
  readonly value: string
}

/** A network in which half of the nodes are ours and half are the official `mainline` 8.0.1. */
describe.skipIf(missingPeer('the official Rust software', peerAvailable, peerHint))('Rust mainline', () => {
  let ours: DhtTestnet
  let peer: RustPeer
  let rustNode: number

  beforeAll(async () => {
    ours = await DhtTestnet.create({ size: 5, port: 0 })
    peer = new RustPeer()
    for (let index = 0; index < 5; index++) {
      const { node } = await peer.do<{ node: number }>('dht.start', { bootstrap: ours.bootstrap, server: true })
      rustNode = node
    }
  })

  afterAll(async () => {
    await peer[Symbol.asyncDispose]()
    await ours[Symbol.asyncDispose]()
  })

  const ourNode = (): DhtNode => ours.nodes[2]!

  test('reads mutable items that we put', async () => {
    const keypair = Keypair.random()
    const salt = new TextEncoder().encode('pubky')
    for (const options of [{}, { salt }]) {
      const value = randomBytes(900)
      const report = await ourNode().putMutable(signMutableItem(keypair, { seq: 7n, value, ...options }))
      expect(report.storedNodes).toBeGreaterThan(1)
      const found = await peer.do<Found>('dht.get', {
        node: rustNode,
        key: base64(keypair.publicKey.bytes),
        ...('salt' in options ? { salt: base64(salt) } : {}),
      })
      expect(found).toEqual({ seq: 7, value: base64(value) })
    }
  })

  test('puts mutable items that we read', async () => {
    const keypair = Keypair.random()
    const value = randomBytes(500)
    await peer.do('dht.put', { node: rustNode, secret: base64(keypair.secret()), seq: 41, value: base64(value) })
    const { item } = await ourNode().getMutableMostRecent(keypair.publicKey)
    expect(item?.seq).toBe(41n)
    expect(item?.value).toEqual(new Uint8Array(value))
  })

  test('is refused by us with an old seq and a wrong cas, and refuses ours', async () => {
    const keypair = Keypair.random()
    const secret = base64(keypair.secret())
    const value = base64(randomBytes(10))
    await ourNode().putMutable(signMutableItem(keypair, { seq: 100n, value: randomBytes(10) }))
    await expect(peer.do('dht.put', { node: rustNode, secret, seq: 99, value })).rejects.toThrow(/NotMostRecent/)
    await expect(peer.do('dht.put', { node: rustNode, secret, seq: 101, cas: 98, value })).rejects.toThrow(/Cas/)
    await peer.do('dht.put', { node: rustNode, secret, seq: 101, cas: 100, value })
    const old = signMutableItem(keypair, { seq: 100n, value: randomBytes(11) })
    await expect(ourNode().putMutable(old)).rejects.toMatchObject({ code: 'not-most-recent' })
    const next = signMutableItem(keypair, { seq: 102n, value: randomBytes(11) })
    await expect(ourNode().putMutable(next, { cas: 100n })).rejects.toMatchObject({ code: 'cas-failed' })
    await ourNode().putMutable(next, { cas: 101n })
  })

  test('exchanges immutable values with us', async () => {
    const value = randomBytes(700)
    const { target } = await ourNode().putImmutable(value)
    const read = await peer.do<string>('dht.getImmutable', { node: rustNode, target: hexEncode(target) })
    expect(fromBase64(read)).toEqual(new Uint8Array(value))

    const theirs = randomBytes(600)
    const put = await peer.do<string>('dht.putImmutable', { node: rustNode, value: base64(theirs) })
    expect(await ourNode().getImmutable(new Uint8Array(Buffer.from(put, 'hex')))).toEqual(new Uint8Array(theirs))
  })

  test('exchanges peers of torrents with us', async () => {
    const mine = mutableTarget(Keypair.random().publicKey.bytes)
    await ourNode().announcePeer(mine, { port: 4000 })
    const seen = await peer.do<string[]>('dht.getPeers', { node: rustNode, target: hexEncode(mine) })
    expect(seen).toContain('127.0.0.1:4000')

    const theirs = mutableTarget(Keypair.random().publicKey.bytes)
    await peer.do('dht.announcePeer', { node: rustNode, target: hexEncode(theirs), port: 4001 })
    const found: number[] = []
    for await (const { port } of ourNode().getPeers(theirs)) found.push(port)
    expect(found).toContain(4001)
  })

  test('enters a network of one node of ours, and we a network of one of theirs', async () => {
    await using alone = await DhtTestnet.create({ size: 1, port: 0 })
    const { node: client } = await peer.do<{ node: number }>('dht.start', { bootstrap: alone.bootstrap, server: false })
    const { address } = await peer.do<{ address: string }>('dht.start', { bootstrap: [], server: true })
    for (const bootstrap of [alone.bootstrap, [address]]) {
      await using reader = await DhtNode.create({ host: '127.0.0.1', port: 0, bootstrap, requestTimeout: 500 })
      await reader.bootstrapped()
      const keypair = Keypair.random()
      const value = randomBytes(10)
      if (bootstrap === alone.bootstrap) {
        await peer.do('dht.put', { node: client, secret: base64(keypair.secret()), seq: 1, value: base64(value) })
      } else {
        await reader.putMutable(signMutableItem(keypair, { seq: 1n, value }))
      }
      const { item } = await reader.getMutableMostRecent(keypair.publicKey)
      expect(item?.value).toEqual(new Uint8Array(value))
    }
  })
})
