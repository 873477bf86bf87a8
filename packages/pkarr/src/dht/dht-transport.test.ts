import { Keypair } from '@pubky/crypto'
import { describe, expect, it } from 'vitest'
import { PkarrClient } from '../client/pkarr-client.ts'
import { PkarrError } from '../error.ts'
import type { ResolvePolicy } from '../network/transport.ts'
import { signPacket } from '../packet/sign-packet.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'
import { type DhtItem, type DhtLookupReport, type DhtNodeLike, dhtTransport } from './dht-transport.ts'

const keypair = Keypair.fromSecret(new Uint8Array(32))
const key = keypair.publicKey
const REPORT: DhtLookupReport = {
  queried: 20,
  values: 1,
  noValues: 19,
  noMoreRecent: 0,
  invalidValues: 0,
  invalidResponses: 0,
  errors: 0,
}

class FakeNode implements DhtNodeLike {
  readonly gets: (bigint | undefined)[] = []
  readonly puts: { readonly item: DhtItem; readonly cas: bigint | undefined }[] = []
  items: readonly DhtItem[] = []
  failure: Error | undefined

  async *getMutable(
    _: unknown,
    options: { newerThan?: bigint | undefined },
  ): AsyncGenerator<DhtItem, DhtLookupReport, void> {
    this.gets.push(options.newerThan)
    yield* this.items
    if (this.failure !== undefined) throw this.failure
    return REPORT
  }

  async putMutable(item: DhtItem, options: { cas?: bigint | undefined }) {
    this.puts.push({ item, cas: options.cas })
    if (this.failure !== undefined) throw this.failure
    return { storedNodes: 12 }
  }
}

const failure = (code: string, more = {}) => Object.assign(new Error(code), { code, ...more })
const itemOf = (packet: SignedPacket): DhtItem => ({
  publicKey: packet.publicKey,
  seq: packet.timestamp,
  value: packet.dns,
  signature: packet.signature,
})
const build = (timestamp: bigint, signer = keypair) => signPacket({ keypair: signer, records: [], timestamp })

function signItem(seq: bigint, value: Uint8Array): DhtItem {
  const signable = Buffer.concat([Buffer.from(`3:seqi${seq}e1:v${value.length}:`), value])
  return { publicKey: key, seq, value, signature: keypair.sign(signable) }
}

async function answers(node: DhtNodeLike, policy: ResolvePolicy = 'NetworkOnly', known?: bigint) {
  const found: string[] = []
  const query = { policy, known, signal: new AbortController().signal }
  for await (const answer of dhtTransport(node).resolve(key, query)) {
    if (answer.kind === 'packet') found.push(`packet ${answer.packet.timestamp}`)
    else if (answer.kind === 'invalid') found.push(`invalid ${answer.seq}`)
  }
  return found
}

describe('look-ups', () => {
  it('give packets as they come', async () => {
    const node = new FakeNode()
    node.items = [itemOf(build(5n)), itemOf(build(6n))]
    expect(await answers(node)).toEqual(['packet 5', 'packet 6'])
    expect(node.gets).toEqual([undefined])
  })

  it('ask for one below what is known, so that the same packet counts as news', async () => {
    const node = new FakeNode()
    await answers(node, 'CacheFirst', 5n)
    await answers(node, 'CacheFirst', 0n)
    expect(node.gets).toEqual([4n, undefined])
  })

  it('do not ask the DHT for what is cached', async () => {
    const node = new FakeNode()
    expect(await answers(node, 'CacheOnly')).toEqual([])
    expect(node.gets).toEqual([])
  })

  it('drop what a node should not have let through', async () => {
    const node = new FakeNode()
    const other = Keypair.fromSecret(new Uint8Array(32).fill(1))
    node.items = [itemOf(build(5n, other)), { ...itemOf(build(5n)), seq: 6n }]
    expect(await answers(node)).toEqual([])
  })

  it('tell items that are no packets by their number', async () => {
    const node = new FakeNode()
    const empty = build(1n).dns
    node.items = [signItem(7n, new Uint8Array(3)), signItem(-5n, empty), signItem(253_402_300_800_000_000n, empty)]
    expect(await answers(node)).toEqual(['invalid 7', 'invalid -5', 'invalid 253402300800000000'])
  })

  it.each([
    ['no-nodes-queried', 'no-nodes'],
    ['no-responses', 'no-responses'],
    ['no-usable-responses', 'no-usable-responses'],
    ['closed', 'unexpected-responses'],
  ])('fail with %s as %s', async (theirs, ours) => {
    const node = new FakeNode()
    node.failure = failure(theirs)
    await expect(answers(node)).rejects.toMatchObject({ code: ours, cause: node.failure })
  })

  it('report how they went', async () => {
    const seen: unknown[] = []
    const transport = dhtTransport(new FakeNode(), { onLookup: (_, report) => seen.push(report) })
    await using client = new PkarrClient({ transports: [transport] })
    await client.resolve(key)
    expect(seen).toEqual([REPORT])
  })
})

describe('puts', () => {
  it('store the packet with its timestamp as number', async () => {
    const node = new FakeNode()
    const seen: unknown[] = []
    await using client = new PkarrClient({
      transports: [dhtTransport(node, { onPut: (_, count) => seen.push(count) })],
    })
    expect(await client.publish(build(5n))).toEqual({ storedNodes: 12 })
    expect(node.puts).toEqual([{ item: itemOf(build(5n)), cas: undefined }])
    expect(seen).toEqual([12])
  })

  it.each([
    [failure('not-most-recent', { currentSeq: 9n }), 'not-most-recent', 'found a more recent SignedPacket', 9n],
    [failure('cas-failed'), 'not-most-recent', 'found a more recent SignedPacket', undefined],
    [failure('conflict-risk'), 'not-most-recent', 'found a more recent SignedPacket', undefined],
    [failure('no-closest-nodes'), 'no-nodes', 'DHT publish queried no nodes', undefined],
    [failure('timeout'), 'no-responses', 'publish query received no responses', undefined],
    [
      failure('rejected', { rejection: { code: 205, description: 'too big' } }),
      'rejected',
      'DHT publish query was rejected with code: 205, description: too big',
      undefined,
    ],
    [failure('closed'), 'unexpected-responses', 'all responses were unexpected', undefined],
  ])('fail with %o', async (theirs, code, message, seq) => {
    const node = new FakeNode()
    node.failure = theirs
    await using client = new PkarrClient({ transports: [dhtTransport(node)] })
    const error = await client.publish(build(5n)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(PkarrError)
    expect(error).toMatchObject({ code, message, seq })
  })
})
