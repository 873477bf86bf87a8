/** The client process of the SDK cases: the same requests by our SDK and by plain `fetch`, and the CPU each takes. */
import { Client, Keypair, Pubky, PublicKey } from '@pubky/sdk'
import { pattern } from '../cases/requests.ts'
import { serve } from '../process/serve.ts'

/** What the process can be asked for. */
export interface SdkLoad {
  /** Signs a user up through the SDK, and stores the file that is read. */
  prepare(input: { relay: string; homeserver: string; port: number }): Promise<void>
  /** Makes requests; every body is compared. */
  run(input: { side: SdkSide; method: 'GET' | 'PUT'; requests: number }): Promise<SdkSample>
}

export type SdkSide = 'ours' | 'fetch'

export interface SdkSample {
  readonly seconds: number
  /** Of this process, per request. */
  readonly cpuMicros: number
}

/** Requests at a time. */
const LANES = 8
const BODY = Buffer.from(pattern(1024))
const READ = '/pub/bench/read'
const WRITTEN = '/pub/bench/written'

type Calls = Readonly<Record<'GET' | 'PUT', (index: number) => Promise<Uint8Array | undefined>>>

let sides: Readonly<Record<SdkSide, Calls>> | undefined

serve<SdkLoad>({
  async prepare({ relay, homeserver, port }) {
    const client = (): Client => new Client({ pkarr: { relays: [relay] } })
    const pubky = Pubky.withClient(client())
    const session = await pubky.signer(Keypair.random()).signupCookie(PublicKey.from(homeserver), null)
    await session.storage.putBytes(READ, BODY)
    const user = session.info.publicKey.z32()
    const cookie = (await session.exportLocalSecret()).replace(':', '=')
    // Another client, which has no cookie to send either.
    const { publicStorage } = Pubky.withClient(client())
    const { storage } = session
    sides = {
      ours: {
        GET: () => publicStorage.getBytes(`pubky${user}${READ}`),
        async PUT(index) {
          await storage.putBytes(`${WRITTEN}-${index % LANES}`, BODY)
          return undefined
        },
      },
      fetch: plainFetch(`http://localhost:${port}/storage/${user}`, cookie),
    }
  },

  async run({ side, method, requests }) {
    if (sides === undefined) throw new Error('nobody is signed up')
    const call = sides[side][method]
    let next = 0
    const started = performance.now()
    const before = process.cpuUsage()
    await Promise.all(
      Array.from({ length: LANES }, async () => {
        while (next < requests) {
          const body = await call(next++)
          if (method === 'GET' && !BODY.equals(body ?? Buffer.alloc(0))) throw new Error(`${side}: a wrong body`)
        }
      }),
    )
    const { user, system } = process.cpuUsage(before)
    return { seconds: (performance.now() - started) / 1000, cpuMicros: (user + system) / requests }
  },
})

/** The same requests, by somebody who knows everything beforehand. */
function plainFetch(base: string, cookie: string): Calls {
  const answered = async (response: Response): Promise<Uint8Array> => {
    if (!response.ok) throw new Error(`fetch: ${response.status} ${await response.text()}`)
    return new Uint8Array(await response.arrayBuffer())
  }
  return {
    GET: async () => answered(await fetch(base + READ)),
    async PUT(index) {
      const url = `${base}${WRITTEN}-${index % LANES}`
      await answered(await fetch(url, { method: 'PUT', headers: { cookie }, body: BODY }))
      return undefined
    },
  }
}
