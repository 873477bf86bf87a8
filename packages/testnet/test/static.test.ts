import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatSecretKeyFile, Keypair } from '@pubky/crypto'
import { homeserverOf, signPacket, withHomeserver } from '@pubky/pkarr'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  RANDOM_PORTS,
  STATIC_PORTS,
  type StaticTestnetInit,
  startStaticTestnet,
  wellKnownKeypair,
} from '../src/index.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pubky-testnet-'))
})
afterAll(() => rm(folder, { recursive: true }))

const start = (init: StaticTestnetInit = {}) => startStaticTestnet({ ports: RANDOM_PORTS, ...init })

async function createToken(network: Awaited<ReturnType<typeof start>>): Promise<string> {
  const headers = { 'X-Admin-Password': network.homeserver.adminPassword }
  return (await fetch(`${network.homeserver.adminUrl}/generate_signup_token`, { headers })).text()
}

describe('static testnet', () => {
  it('has the ports and the identity that clients have built in', () => {
    expect(STATIC_PORTS).toEqual({
      dht: 6881,
      pkarrRelay: 15411,
      httpRelay: 15412,
      icann: 6286,
      pubky: 6287,
      admin: 6288,
    })
    expect(wellKnownKeypair().publicKey.z32()).toBe('8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo')
  })

  it.each(['127.0.0.1', '[::1]', 'localhost'])('is reached through %s', async (host) => {
    await using network = await start()
    const { homeserver, httpRelay, pkarrRelay } = network
    const ports = [
      homeserver.icannPort,
      httpRelay.port,
      pkarrRelay.port,
      Number(new URL(homeserver.adminUrl ?? '').port),
    ]
    for (const port of ports) expect((await fetch(`http://${host}:${port}/`)).status).toBeLessThan(500)
  })

  it.each([
    ['pkarrRelay', '--pkarr-relay-port'],
    ['httpRelay', '--http-relay-port'],
    ['icann', '--icann-port'],
    ['pubky', '--pubky-port'],
    ['admin', '--admin-port'],
  ] as const)('a taken %s port is named together with %s, and nothing is left running', async (name, option) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const starting = start({ ports: { ...RANDOM_PORTS, [name]: port } })
    await expect(starting).rejects.toMatchObject({ code: 'port-taken' })
    await expect(starting).rejects.toThrow(`port ${port} is taken`)
    await expect(starting).rejects.toThrow(option)
    await new Promise((resolve) => other.close(resolve))
  })

  it('a taken DHT port too', async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address()
    const starting = start({ ports: { ...RANDOM_PORTS, dht: port } })
    await expect(starting).rejects.toMatchObject({ code: 'port-taken' })
    await expect(starting).rejects.toThrow(
      `port ${port} is taken by another program. Stop that program, or choose another port with --dht-port.`,
    )
    other.close()
  })

  it('a name without an address is refused', async () => {
    await expect(start({ host: 'no-such-name.invalid' })).rejects.toThrow('--host no-such-name.invalid')
  })
})

describe('configuration file', () => {
  it('replaces the settings, but not where the testnet listens and publishes', async () => {
    const homeserverConfig = join(folder, 'given.toml')
    const forced = '[drive]\nicann_listen_socket = "127.0.0.1:1"\n[pkdns]\npublish = false\n[admin]\nenabled = false\n'
    await writeFile(homeserverConfig, `${forced}admin_password = "secret"\n[general]\nsignup_mode = "token_required"\n`)
    await using network = await start({ homeserverConfig })
    expect(network.homeserver.adminPassword).toBe('secret')
    expect(await createToken(network)).toHaveLength(14)
    expect(await network.testnet.createPkarrClient().resolve(network.homeserver.publicKey)).toBeDefined()
  })

  it('that is not there or not valid is refused', async () => {
    const missing = join(folder, 'missing.toml')
    await expect(start({ homeserverConfig: missing })).rejects.toThrow(missing)
    const bad = join(folder, 'bad.toml')
    await writeFile(bad, '[general]\nsignup_mode = "closed"\n')
    await expect(start({ homeserverConfig: bad })).rejects.toThrow(`${bad}:2: general.signup_mode`)
  })
})

describe('data folder', () => {
  it('keeps identity, tokens and Pkarr records', async () => {
    const data = join(folder, 'kept')
    const user = Keypair.random()
    let token: string
    {
      await using network = await start({ data, freshData: 'token-required' })
      const { publicKey } = network.homeserver
      expect(publicKey.z32()).toBe(wellKnownKeypair().publicKey.z32())
      const packet = signPacket({ keypair: user, records: withHomeserver([], user.publicKey, publicKey) })
      const url = `${network.pkarrRelay.url}/${user.publicKey.z32()}`
      expect((await fetch(url, { method: 'PUT', body: packet.payload() })).status).toBe(204)
      token = await createToken(network)
    }
    expect((await stat(join(data, 'secret'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(data, 'secret'), 'utf8')).toBe('0'.repeat(64))

    await using network = await start({ data })
    expect(await (await fetch(`${network.homeserver.icannUrl}/signup_tokens/${token}`)).json()).toMatchObject({
      status: 'valid',
    })
    const found = await network.testnet.createPkarrClient().resolve(user.publicKey)
    expect(found && homeserverOf(found)?.z32()).toBe(network.homeserver.publicKey.z32())
    expect((await fetch(`${network.pkarrRelay.url}/${user.publicKey.z32()}`)).status).toBe(200)
  })

  it('keeps a key that is there, and skips damaged records', async () => {
    const data = await mkdtemp(join(folder, 'own-key-'))
    const keypair = Keypair.random()
    await writeFile(join(data, 'secret'), formatSecretKeyFile(keypair))
    await writeFile(join(data, 'pkarr-packets'), 'AAAA\nnot base64!\n')
    await using network = await start({ data })
    expect(network.homeserver.publicKey.z32()).toBe(keypair.publicKey.z32())
  })

  it('is seeded with a configuration once', async () => {
    const data = join(folder, 'seeded')
    const homeserverConfig = join(folder, 'seed.toml')
    await writeFile(homeserverConfig, '[admin]\nadmin_password = "seeded"\n')
    {
      await using network = await start({ data, homeserverConfig })
      expect(network.homeserver.adminPassword).toBe('seeded')
    }
    await expect(start({ data, homeserverConfig })).rejects.toThrow('config.toml already exists')
    await using network = await start({ data })
    expect(network.homeserver.adminPassword).toBe('seeded')
  })

  it('starts open, or as a homeserver that wants tokens', async () => {
    for (const [freshData, status] of [
      ['open', 400],
      ['token-required', 404],
    ] as const) {
      await using network = await start({ data: join(folder, freshData), freshData })
      // An open homeserver answers that tokens are not required.
      const response = await fetch(`${network.homeserver.icannUrl}/signup_tokens/AAAA-BBBB-CCCC`)
      expect(response.status).toBe(status)
    }
  })

  it('that is a file is refused', async () => {
    const data = join(folder, 'a-file')
    await writeFile(data, '')
    await expect(start({ data })).rejects.toThrow(`Given path is not a directory: ${data}`)
  })
})
