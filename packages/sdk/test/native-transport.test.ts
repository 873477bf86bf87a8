import { createServer } from 'node:http'
import { Keypair } from '@pubky/crypto'
import { homeserverRecords, PkarrClient, signPacket, type Transport } from '@pubky/pkarr'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseKeyHost } from '../src/http/key-host.ts'
import { NativeTransport } from '../src/node/native-transport.ts'

const requests: string[] = []
const server = createServer((request, response) => {
  requests.push(request.url ?? '')
  response.end('internal')
})

beforeAll(() => new Promise<void>((resolve) => server.listen(0, 'localhost', () => resolve())))
afterAll(() => new Promise((resolve) => server.close(resolve)))

/** Asks a host whose record says that it is served by plain HTTP on this machine. */
async function ask(isForTests: boolean): Promise<string> {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server is not listening')
  const keypair = Keypair.random()
  const records = homeserverRecords({ addresses: [], tlsPort: 1, domain: 'localhost', httpPort: address.port })
  const packet = signPacket({ keypair, records })
  const network: Transport = {
    name: 'fixed',
    async *resolve() {
      yield { kind: 'packet', packet }
    },
    publish: async () => ({ storedNodes: 0 }),
  }
  await using pkarr = new PkarrClient({ transports: [network] })
  await using transport = new NativeTransport({
    pkarr,
    testnetHost: undefined,
    requestTimeoutMs: undefined,
    readTimeoutMs: undefined,
    rootCertificates: undefined,
    isForTests,
  })
  const url = new URL(`https://${keypair.publicKey.z32()}/info`)
  const host = parseKeyHost(url.hostname)
  if (host === undefined) throw new Error('not the host of a key')
  const route = await transport.route(url, host, undefined)
  return await (await route.fetch(route.url, {})).text()
}

it('records lead to plain HTTP on this machine in test networks only', async () => {
  await expect(ask(false)).rejects.toThrow()
  expect(requests).toEqual([])
  expect(await ask(true)).toBe('internal')
})
