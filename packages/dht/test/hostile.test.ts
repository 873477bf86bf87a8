import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Keypair } from '@pubky/crypto'
import { expect, test } from 'vitest'
import { DhtError, DhtNode, DhtTestnet, signMutableItem } from '../src/index.ts'
import { mutableTarget } from '../src/items/mutable-item.ts'
import { encodeMessage } from '../src/krpc/encode.ts'
import { randomId } from '../src/node-id.ts'
import vectors from '../vectors/mainline.json' with { type: 'json' }
import { spread, timed } from './figures.ts'
import { LyingNode, near } from './lying-node.ts'

const settings = { host: '127.0.0.1', port: 0 } as const
const value = new Uint8Array(100).fill(1)

/** Messages that look real: queries of all kinds, answers nobody asked for, puts with wrong tokens, nesting bombs. */
function convincingJunk(): Uint8Array[] {
  const { messages, mustNotCrash } = vectors.krpc
  const old = [...messages, ...mustNotCrash, ...vectors.krpc_captured.messages].map(({ hex }) =>
    Buffer.from(hex, 'hex'),
  )
  const lookups = Array.from({ length: 50 }, () =>
    encodeMessage({
      type: 'query',
      transactionId: randomId().slice(0, 4),
      query: { method: 'get', id: randomId(), target: randomId() },
    }),
  )
  return [...old, ...lookups]
}

async function flood(
  port: number,
  perSecond: number,
  milliseconds: number,
): Promise<{ sent: number; elapsed: number }> {
  const workerData = { port, perSecond, milliseconds, datagrams: convincingJunk() }
  const worker = new Worker(new URL('./flood.ts', import.meta.url), { workerData })
  const [report] = await once(worker, 'message')
  await worker.terminate()
  return report
}

test('a node flooded with 50,000 junk datagrams a second still looks up and answers', async () => {
  await using network = await DhtTestnet.create({ size: 10, port: 0 })
  await using victim = await DhtNode.create({ ...settings, serverMode: true, bootstrap: network.bootstrap })
  await victim.bootstrapped()
  const keypairs = Array.from({ length: 100 }, () => Keypair.random())
  const found = { quiet: 0, flooded: 0 }
  const look = (phase: keyof typeof found) =>
    timed(keypairs, 4, async ({ publicKey }) => {
      try {
        for await (const item of victim.getMutable(publicKey)) if (item.seq === 1n) found[phase]++
      } catch (error) {
        if (!(error instanceof DhtError)) throw error
      }
    })
  await timed(
    keypairs,
    4,
    async (keypair) => void (await victim.putMutable(signMutableItem(keypair, { seq: 1n, value }))),
  )

  const quiet = await look('quiet')
  const memory = process.memoryUsage().rss
  const before = victim.info().traffic
  const flooding = flood(victim.address.port, 50_000, 5_000)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const flooded = await look('flooded')
  const greeted = await network.nodes[0]!.addNodes([victim.address])
  const { sent, elapsed } = await flooding
  const { received, ignored, limited } = victim.info().traffic
  console.log(
    `flood: ${Math.round(sent / (elapsed / 1000))} datagrams/s sent, ${received - before.received} of ${sent} read, ` +
      `${ignored - before.ignored} ignored, ${limited - before.limited} limited, ` +
      `memory +${Math.round((process.memoryUsage().rss - memory) / 2 ** 20)} MiB\n` +
      `lookups: ${found.quiet} of 100 before (${spread(quiet)}), ${found.flooded} of 100 under flood (${spread(flooded)})`,
  )
  expect(found.flooded).toBeGreaterThanOrEqual(95)
  expect(greeted).toBe(1)
  expect(victim.info().contacts).toBe(10)
})

test('200 hostile ids next to a key neither hide its item nor keep others from storing a newer one', async () => {
  await using network = await DhtTestnet.create({ size: 50, port: 0 })
  const keypair = Keypair.random()
  const target = mutableTarget(keypair.publicKey.bytes)
  await using publisher = await DhtNode.create({ ...settings, bootstrap: network.bootstrap.slice(0, 3) })
  await publisher.bootstrapped()
  await publisher.putMutable(signMutableItem(keypair, { seq: 1n, value }))

  await using stack = new AsyncDisposableStack()
  const liars: LyingNode[] = []
  for (let i = 0; i < 200; i++) liars.push(stack.use(await LyingNode.create(near(target, i))))
  for (const liar of liars) liar.friends = liars
  const addresses = liars.map((liar) => liar.address)
  await Promise.all(network.nodes.map((node) => node.addNodes(addresses)))

  await using reader = await DhtNode.create({ ...settings, bootstrap: network.bootstrap.slice(3, 6) })
  await reader.bootstrapped()
  const old = await reader.getMutableMostRecent(keypair.publicKey)
  await using writer = await DhtNode.create({ ...settings, bootstrap: network.bootstrap.slice(6, 9) })
  await writer.bootstrapped()
  const report = await writer.putMutable(signMutableItem(keypair, { seq: 2n, value }))
  const honest = network.nodes.filter((node) => node.info().stored.mutableItems > 0).length
  await using late = await DhtNode.create({ ...settings, bootstrap: network.bootstrap.slice(9, 12) })
  await late.bootstrapped()
  const fresh = await late.getMutableMostRecent(keypair.publicKey)
  console.log(
    `200 hostile ids: ${old.report.values} honest copies among ${old.report.queried} nodes asked; new item on ` +
      `${report.storedNodes} nodes, ${honest} of them honest; then ${fresh.report.values} copies`,
  )
  expect(old.item?.seq).toBe(1n)
  expect(fresh.item?.seq).toBe(2n)
  expect(honest).toBeGreaterThanOrEqual(10)
})

test('nodes that name a thousand dead ones, answer with foreign keys or with wrong signatures change no result', async () => {
  await using network = await DhtTestnet.create({ size: 20, port: 0 })
  const [keypair, foreign] = [Keypair.random(), Keypair.random()]
  const target = mutableTarget(keypair.publicKey.bytes)
  await using stack = new AsyncDisposableStack()
  const liars: LyingNode[] = []
  for (let i = 0; i < 6; i++) liars.push(stack.use(await LyingNode.create(near(target, i))))
  for (const [index, liar] of liars.entries()) {
    liar.inventsNodes = index < 2
    if (index >= 2) {
      const item = signMutableItem(index < 4 ? foreign : keypair, { seq: 9n, value })
      liar.item = index < 4 ? item : { ...item, seq: 10n }
    }
  }
  const addresses = liars.map((liar) => liar.address)
  await Promise.all(network.nodes.map((node) => node.addNodes(addresses)))

  await using client = await DhtNode.create({ ...settings, bootstrap: network.bootstrap.slice(0, 3) })
  await client.bootstrapped()
  await client.putMutable(signMutableItem(keypair, { seq: 1n, value }))
  await using reader = await DhtNode.create({ ...settings, bootstrap: network.bootstrap.slice(3, 6) })
  const { item, report } = await reader.getMutableMostRecent(keypair.publicKey)
  console.log(`liars: ${JSON.stringify(report)}`)
  expect(item?.seq).toBe(1n)
  expect(report.invalidValues).toBeGreaterThan(0)
  const again = await reader.getMutableMostRecent(keypair.publicKey)
  expect(again.item?.seq).toBe(1n)
  expect(again.report.invalidValues, 'liars are not asked again').toBe(0)
})
