import { Keypair } from '@pubky/crypto'
import { expect, test } from 'vitest'
import { DhtNode, DhtTestnet, signMutableItem } from '../src/index.ts'
import { spread, timed } from './figures.ts'

const NODES = 50
const PACKETS = 1000
const CHURN = NODES / 5
const WIDTH = 4

test('50 nodes store 1,000 packets and find them after a fifth of the nodes was replaced', {
  timeout: 180_000,
}, async () => {
  await using network = await DhtTestnet.create({ size: NODES, port: 0 })
  const settings = { host: '127.0.0.1', port: 0 } as const
  const keypairs = Array.from({ length: PACKETS }, () => Keypair.random())
  const value = new Uint8Array(200).fill(7)

  let stored = 0
  const copies: number[] = []
  await using publisher = await DhtNode.create({ ...settings, bootstrap: network.bootstrap.slice(0, 3) })
  const publishing = await timed(keypairs, WIDTH, async (keypair) => {
    const { storedNodes } = await publisher.putMutable(signMutableItem(keypair, { seq: 1n, value }))
    copies.push(storedNodes)
    stored++
  })

  // The leavers say no goodbye, and the newcomers have nothing: only what the others keep can be found.
  await Promise.all(network.nodes.slice(-CHURN).map((node) => node[Symbol.asyncDispose]()))
  await using newcomers = new AsyncDisposableStack()
  for (let i = 0; i < CHURN; i++) {
    const bootstrap = network.bootstrap.slice(i, i + 3)
    newcomers.use(await DhtNode.create({ ...settings, serverMode: true, bootstrap }))
  }

  let found = 0
  await using reader = await DhtNode.create({ ...settings, bootstrap: network.bootstrap.slice(5, 8) })
  const first: number[] = []
  const finding = await timed(keypairs, WIDTH, async ({ publicKey }) => {
    const start = performance.now()
    let complete = false
    for await (const item of reader.getMutable(publicKey)) {
      first.push(performance.now() - start)
      complete = item.seq === 1n
    }
    if (complete) found++
  })

  console.log(
    [
      `${NODES} nodes, ${PACKETS} packets, ${CHURN} nodes replaced`,
      `stored ${stored} on ${(copies.reduce((sum, count) => sum + count, 0) / stored).toFixed(1)} nodes each: ${spread(publishing)}`,
      `found ${found} (${((100 * found) / PACKETS).toFixed(1)} %): first answer ${spread(first)}; complete ${spread(finding)}`,
    ].join('\n'),
  )
  expect(stored).toBe(PACKETS)
  expect(found).toBe(PACKETS)
})

test('20 nodes find every item after 6 of them were killed', async () => {
  await using network = await DhtTestnet.create({ size: 20, port: 0 })
  const [first, second] = [network.nodes[0]!, network.nodes[1]!]
  const keypairs = Array.from({ length: 20 }, () => Keypair.random())
  for (const keypair of keypairs) {
    await first.putMutable(signMutableItem(keypair, { seq: 1n, value: Uint8Array.of(1) }))
  }
  await Promise.all(network.nodes.slice(-6).map((node) => node[Symbol.asyncDispose]()))
  for (const { publicKey } of keypairs) {
    const { item, report } = await second.getMutableMostRecent(publicKey)
    expect(item?.seq).toBe(1n)
    expect(report.values).toBeGreaterThanOrEqual(10)
  }
})
