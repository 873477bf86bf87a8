import { Keypair } from '@pubky/crypto'
import { expect, test } from 'vitest'
import { DhtError, DhtNode, type NodeAddress, signMutableItem } from '../src/index.ts'
import { Fabric, type Weather } from './fabric.ts'
import { spread } from './figures.ts'

const NODES = 20
const READERS = 40

/** At 30 % a reader's three bootstrap nodes can all seem dead. */
const weathers: readonly (readonly [string, Weather, number])[] = [
  ['1 % loss', { loss: 0.01, duplicates: 0.01, minDelay: 25, maxDelay: 75 }, READERS],
  ['10 % loss', { loss: 0.1, duplicates: 0.05, minDelay: 25, maxDelay: 250 }, READERS],
  ['30 % loss', { loss: 0.3, duplicates: 0.1, minDelay: 25, maxDelay: 250 }, READERS * 0.9],
]

test.each(weathers)(
  'cold readers find an item with %s, delays and datagrams out of order',
  async (name, weather, expected) => {
    await using fabric = new Fabric(weather, 7)
    await using nodes = new AsyncDisposableStack()
    const doors: NodeAddress[] = []
    const join = async (serverMode: boolean) => {
      const bootstrap = doors.slice(0, 3).map(({ host, port }) => `${host}:${port}`)
      const node = nodes.use(await DhtNode.create({ host: '127.0.0.1', port: 0, bootstrap, serverMode }))
      const door = await fabric.attach(node.address)
      if (serverMode) doors.push(door)
      return node
    }
    const servers: DhtNode[] = []
    for (let i = 0; i < NODES; i++) servers.push(await join(true))
    await Promise.all(servers.map((node) => node.bootstrapped()))
    await Promise.all(servers.map((node) => node.addNodes(doors)))

    const keypair = Keypair.random()
    const { storedNodes } = await servers[0]!.putMutable(signMutableItem(keypair, { seq: 1n, value: Uint8Array.of(1) }))

    const first: number[] = []
    const complete: number[] = []
    await Promise.all(
      Array.from({ length: READERS }, async () => {
        const start = performance.now()
        const reader = await join(false)
        try {
          for await (const item of reader.getMutable(keypair.publicKey)) {
            if (item.seq === 1n) first.push(performance.now() - start)
          }
        } catch (error) {
          if (!(error instanceof DhtError)) throw error
        }
        complete.push(performance.now() - start)
      }),
    )
    console.log(
      `${name}: ${fabric.lost} of ${fabric.carried} datagrams lost; stored on ${storedNodes} of ${NODES}; ` +
        `${first.length} of ${READERS} cold readers found it: first answer ${spread(first)}; complete ${spread(complete)}`,
    )
    expect(first.length).toBeGreaterThanOrEqual(expected)
  },
)
