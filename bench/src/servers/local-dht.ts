/** A DHT of this machine with packets in it, in a process of its own. */
import { Keypair } from '@pubky/crypto'
import { DhtNode, DhtTestnet } from '@pubky/dht'
import { signPacket } from '@pubky/pkarr'
import { dhtTransport } from '@pubky/pkarr/dht'
import { serve } from '../process/serve.ts'

/** What the DHT process can be asked for. */
export interface LocalDht {
  /** Starts the nodes and answers with their addresses, `host:port`. */
  start(input: { nodes: number }): Promise<readonly string[]>
  /** Publishes fresh packets and answers with their keys, z-base-32. */
  publish(input: { count: number }): Promise<readonly string[]>
}

const PARALLEL = 16
const TTL_SECONDS = 3_600
const TEXT = Buffer.from('a packet')

let client: DhtNode | undefined

serve<LocalDht>({
  async start({ nodes }) {
    const { bootstrap } = await DhtTestnet.create({ size: nodes, port: 0 })
    client = await DhtNode.create({ host: '127.0.0.1', port: 0, bootstrap: [...bootstrap], requestTimeout: 500 })
    await client.bootstrapped()
    return bootstrap
  },

  async publish({ count }) {
    if (client === undefined) throw new Error('the DHT is not started')
    const transport = dhtTransport(client)
    const keys: string[] = []
    const { signal } = new AbortController()
    let left = count
    await Promise.all(
      Array.from({ length: PARALLEL }, async () => {
        while (left > 0) {
          left--
          const keypair = Keypair.random()
          const record = { type: 'TXT', name: 'bench', strings: [TEXT], ttl: TTL_SECONDS } as const
          await transport.publish(signPacket({ keypair, records: [record] }), { signal })
          keys.push(keypair.publicKey.z32())
        }
      }),
    )
    return keys
  },
})
