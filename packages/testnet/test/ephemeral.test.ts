import { Keypair } from '@pubky/crypto'
import { homeserverOf, PkarrClient, relayTransport, SERVICE_PARAMETER, signPacket, withHomeserver } from '@pubky/pkarr'
import { describe, expect, it } from 'vitest'
import { startTestnet, Testnet, wellKnownKeypair } from '../src/index.ts'

describe('startTestnet', () => {
  it('is a whole network that can be used when it returns', async () => {
    await using network = await startTestnet()
    const { homeserver, httpRelay, pkarrRelay } = network
    expect(homeserver.publicKey.z32()).toBe('8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo')
    expect(await (await fetch(homeserver.icannUrl)).text()).toBe('Pubky Homeserver')
    const { features }: { features: string[] } = JSON.parse(await (await fetch(`${homeserver.icannUrl}/info`)).text())
    expect(features).toContain('path-addressed-storage')
    expect(await (await fetch(httpRelay.url)).text()).toBe('Http Relay')
    const record = await fetch(`${pkarrRelay.url}/${homeserver.publicKey.z32()}`)
    expect([record.status, record.headers.get('content-type')]).toEqual([200, 'application/pkarr.org/relays#payload'])
    expect(Number(record.headers.get('content-length'))).toBe((await record.arrayBuffer()).byteLength)
    expect(network.bootstrap).toHaveLength(2)
  })

  it("publishes the homeserver's record of spec 06 §9.5", async () => {
    await using network = await startTestnet()
    const { icannPort, pubkyTlsPort, publicKey } = network.homeserver
    const packet = await network.testnet.createPkarrClient().resolve(publicKey)
    const [direct, domain, address, ...rest] = packet?.records('@') ?? []
    expect(rest).toEqual([])
    expect(direct).toMatchObject({ type: 'HTTPS', priority: 1, target: '.', ttl: 3600 })
    expect(domain).toMatchObject({ type: 'HTTPS', priority: 10, target: 'localhost', ttl: 3600 })
    expect(address).toMatchObject({ type: 'A', address: '127.0.0.1', ttl: 3600 })
    const parameters = (record: typeof direct) =>
      record !== undefined && 'params' in record ? record.params : undefined
    expect(parameters(direct)?.get(SERVICE_PARAMETER.port)).toEqual(uint16(pubkyTlsPort))
    expect(parameters(direct)?.get(4)).toEqual(new Uint8Array([127, 0, 0, 1]))
    expect(parameters(domain)?.get(65_280)).toEqual(uint16(icannPort))
  })

  it('what is published through the relay is in the DHT, and the other way round', async () => {
    await using network = await startTestnet()
    const overRelay = new PkarrClient({ transports: [relayTransport([network.pkarrRelay.url])] })
    const overDht = network.testnet.createPkarrClient()
    for (const [writer, reader] of [
      [overRelay, overDht],
      [overDht, overRelay],
    ] as const) {
      const user = Keypair.random()
      const records = withHomeserver([], user.publicKey, network.homeserver.publicKey)
      await writer.publish(signPacket({ keypair: user, records }))
      const found = await reader.resolve(user.publicKey)
      expect(found && homeserverOf(found)?.z32()).toBe(network.homeserver.publicKey.z32())
    }
    await overRelay[Symbol.asyncDispose]()
  })

  it('an unknown key is not a plain "not found", except in the cache (spec 06 §11 item 3)', async () => {
    await using network = await startTestnet()
    const unknown = `${network.pkarrRelay.url}/${Keypair.random().publicKey.z32()}`
    const answer = await fetch(unknown)
    expect([answer.status, await answer.text()]).toEqual([503, 'No queried DHT nodes responded'])
    expect((await fetch(`${unknown}?policy=CacheOnly`)).status).toBe(404)
  })

  it('makes sign-up tokens with the password admin, and needs none', async () => {
    await using network = await startTestnet()
    const { adminUrl } = network.homeserver
    const make = (password: string) =>
      fetch(`${adminUrl}/generate_signup_token`, { headers: { 'X-Admin-Password': password } })
    expect((await make('wrong')).status).toBe(401)
    expect(await (await make('admin')).text()).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
  })

  it('has as many homeservers as asked for, each with its own key and configuration', async () => {
    const config = { general: { signup_mode: 'token_required' } } as const
    await using network = await startTestnet({ homeservers: 3, config, keypair: Keypair.random(), dhtSize: 4 })
    const keys = network.homeservers.map((homeserver) => homeserver.publicKey.z32())
    expect(new Set(keys).size).toBe(3)
    expect(keys).not.toContain(wellKnownKeypair().publicKey.z32())
    expect(network.bootstrap).toHaveLength(4)
    const client = network.testnet.createPkarrClient()
    for (const homeserver of network.homeservers) expect(await client.resolve(homeserver.publicKey)).toBeDefined()
  })

  it('leaves out what is not wanted, and says so', async () => {
    await using network = await startTestnet({ httpRelay: false, pkarrRelay: false })
    expect(() => network.httpRelay).toThrow('without an HTTP relay')
    expect(() => network.pkarrRelay).toThrow('without a Pkarr relay')
    await expect(startTestnet({ homeservers: 0 })).rejects.toMatchObject({ code: 'bad-option' })
  })

  it('stops everything, twice if need be', async () => {
    const network = await startTestnet()
    const urls = [
      network.homeserver.icannUrl,
      network.homeserver.adminUrl,
      network.httpRelay.url,
      network.pkarrRelay.url,
    ]
    await network[Symbol.asyncDispose]()
    await network[Symbol.asyncDispose]()
    for (const url of urls) await expect(fetch(url ?? '')).rejects.toThrow()
  })
})

describe('Testnet', () => {
  it('two of them know nothing of each other', async () => {
    await using first = await startTestnet({ keypair: Keypair.random() })
    await using second = await startTestnet({ keypair: Keypair.random() })
    const found = await second.testnet.createPkarrClient().resolve(first.homeserver.publicKey)
    expect(found).toBeUndefined()
    expect(await first.testnet.createPkarrClient().resolve(first.homeserver.publicKey)).toBeDefined()
  })

  it('grows part by part, and owns all parts', async () => {
    const testnet = await Testnet.create({ dhtSize: 1 })
    const homeserver = await testnet.createHomeserver()
    const relay = await testnet.createHttpRelay()
    await testnet.createPkarrRelay()
    expect([testnet.homeservers.length, testnet.httpRelays.length, testnet.pkarrRelays.length]).toEqual([1, 1, 1])
    await testnet[Symbol.asyncDispose]()
    await expect(fetch(homeserver.icannUrl)).rejects.toThrow()
    await expect(fetch(relay.url)).rejects.toThrow()
  })

  it('another name of the machine is published, and reached by plain HTTP (spec 06 §10)', async () => {
    await using testnet = await Testnet.create({ published: { domain: '127.0.0.2', ip: '127.0.0.2' } })
    const homeserver = await testnet.createHomeserver()
    expect(await (await fetch(`http://127.0.0.2:${homeserver.icannPort}/`)).text()).toBe('Pubky Homeserver')
    const packet = await testnet.createPkarrClient().resolve(homeserver.publicKey)
    const [, domain, address] = packet?.records('@') ?? []
    expect(domain).toMatchObject({ priority: 10, target: '127.0.0.2' })
    expect(domain !== undefined && 'params' in domain && domain.params.get(65_280)).toEqual(
      uint16(homeserver.icannPort),
    )
    expect(address).toMatchObject({ type: 'A', address: '127.0.0.2' })
    expect(homeserver.adminUrl).toContain('localhost')
  })
})

function uint16(value: number): Uint8Array {
  return new Uint8Array([value >> 8, value & 255])
}
