import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { promisify } from 'node:util'
import { Keypair as CryptoKeypair } from '@pubky/crypto'
import { homeserverRecords, signPacket } from '@pubky/pkarr'
import { AuthFlowKind, Client, GrantManager, Keypair, Pubky, PublicKey, PublicStorage, Signer } from '@pubky/sdk/node'
import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let network: EphemeralTestnet
let homeserver: PublicKey
let pubky: Pubky

beforeAll(async () => {
  // No Pkarr relay: all look-ups and publishes go over the DHT.
  network = await startTestnet({ pkarrRelay: false })
  homeserver = PublicKey.from(network.homeserver.publicKey.z32())
  pubky = Pubky.withClient(dhtClient())
})

afterAll(async () => {
  await pubky[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
})

function dhtClient(): Client {
  return new Client({ pkarr: { relays: [], bootstrap: [...network.bootstrap] } })
}

async function signedUp(): Promise<Signer> {
  const signer = pubky.signer(Keypair.random())
  await signer.signup(homeserver)
  return signer
}

/** Publishes a record of a key and gives its host. */
async function published(init: Parameters<typeof homeserverRecords>[0]): Promise<string> {
  const keypair = CryptoKeypair.random()
  const packet = signPacket({ keypair, records: homeserverRecords(init) })
  await network.testnet.createPkarrClient().publish(packet)
  return keypair.publicKey.z32()
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server is not listening')
  return address.port
}

describe('over the DHT and PubkyTLS', () => {
  it('accounts, sessions, storage, grants', async () => {
    const signer = await signedUp()
    const session = await signer.signin('native.example')
    await session.storage.putText('/priv/a.txt', 'private')
    expect(await session.storage.getText('/priv/a.txt')).toBe('private')
    expect(await session.storage.list('/priv/')).toEqual([`pubky://${signer.publicKey.z32()}/priv/a.txt`])
    expect((await new GrantManager(session).list()).map(({ clientId }) => clientId)).toEqual(['native.example'])
    expect((await pubky.getHomeserverOf(signer.publicKey))?.z32()).toBe(homeserver.z32())
    await session.signout()
    await expect(session.storage.getText('/priv/a.txt')).rejects.toMatchObject({ data: { statusCode: 401 } })
  })

  it('requests name the tenant by the connection, not by a header', async () => {
    const session = await (await signedUp()).signinCookie()
    // The old form, which only works when the server knows whose storage is meant.
    const user = session.info.publicKey.z32()
    const put = await pubky.client.fetch(`https://_pubky.${user}/pub/a.txt`, { method: 'PUT', body: 'x' })
    expect(put.status).toBe(201)
  })

  it('cookie sessions, several in one client', async () => {
    const [alice, bob] = [
      await pubky.signer(Keypair.random()).signupCookie(homeserver),
      await pubky.signer(Keypair.random()).signupCookie(homeserver),
    ]
    await Promise.all([alice.storage.putText('/pub/a.txt', 'alice'), bob.storage.putText('/pub/a.txt', 'bob')])
    const restored = await Pubky.withClient(pubky.client).restoreSession(alice.export())
    expect(await restored.storage.getText('/pub/a.txt')).toBe('alice')
    await using other = Pubky.withClient(dhtClient())
    const fromSecret = await other.restoreSession(await bob.exportLocalSecret())
    await fromSecret.storage.putText('/pub/b.txt', 'b')
    await bob.signout()
    await expect(bob.storage.putText('/pub/a.txt', 'late')).rejects.toMatchObject({ data: { statusCode: 401 } })
    await alice.storage.putText('/pub/a.txt', 'still')
  })

  it('sign-in requests', async () => {
    const signer = await signedUp()
    const options = { clientId: 'app.example', relay: `${network.httpRelay.url}/inbox` }
    const flow = await pubky.startGrantAuthFlow('/pub/app/:rw', AuthFlowKind.signin(), options)
    await signer.approveAuthRequest(flow.authorizationUrl)
    const session = await flow.awaitApproval()
    await session.storage.putText('/pub/app/a.txt', 'x')
  })

  it('events, live', async () => {
    const session = await (await signedUp()).signin('native.example')
    const events = pubky.eventStreamForUser(session.info.publicKey, null).live().follow()
    const cursors: string[] = []
    const reading = (async () => {
      for await (const { cursor } of events) if (cursors.push(cursor) === 3) return
    })()
    for (const name of ['a', 'b', 'c']) await session.storage.putText(`/pub/${name}`, name)
    await reading
    expect(new Set(cursors).size).toBe(3)
  })

  it('large bodies both ways', async () => {
    const session = await (await signedUp()).signin('native.example')
    const bytes = Buffer.alloc(5_000_000, 'pubky')
    await session.storage.upload('/pub/large.bin', new Blob([bytes]).stream(), { contentLength: bytes.length })
    expect(Buffer.from(await session.storage.getBytes('/pub/large.bin')).equals(bytes)).toBe(true)
  })
})

describe('the way to a homeserver', () => {
  it('is its domain when its own door is closed', async () => {
    const host = await published({
      addresses: ['127.0.0.1'],
      tlsPort: 9,
      domain: 'localhost',
      httpPort: network.homeserver.icannPort,
    })
    expect((await pubky.client.fetch(`https://${host}/`)).status).toBe(200)
  })

  it('is none when another key answers at its own door', async () => {
    const host = await published({ addresses: ['127.0.0.1'], tlsPort: network.homeserver.pubkyTlsPort })
    await expect(pubky.client.fetch(`https://${host}/`)).rejects.toMatchObject({ name: 'RequestError' })
  })

  it('is unknown for a key without a record', async () => {
    await expect(pubky.client.fetch(`https://${Keypair.random().publicKey.z32()}/`)).rejects.toMatchObject({
      name: 'PkarrError',
    })
  })
})

describe('the client', () => {
  for (const limit of [{ requestTimeoutMs: 50 }, { readTimeoutMs: 50 }]) {
    it(`ends requests that take too long: ${JSON.stringify(limit)}`, async () => {
      // Answers with a head and then with nothing more.
      const silent = createServer((_, response) => response.write('x'))
      await new Promise<void>((resolve) => silent.listen(0, 'localhost', () => resolve()))
      const host = await published({ addresses: [], tlsPort: 1, domain: 'localhost', httpPort: portOf(silent) })
      await using client = new Client({ pkarr: { relays: [], bootstrap: [...network.bootstrap] }, ...limit })
      try {
        const response = await client.fetch(`https://${host}/`)
        await expect(response.text()).rejects.toBeDefined()
      } finally {
        silent.closeAllConnections()
        silent.close()
      }
    })
  }

  it('refuses certificates that are none', () => {
    for (const pem of ['', 'nonsense', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']) {
      expect(() => new Client({ rootCertificatesPem: pem })).toThrow(expect.objectContaining({ name: 'InternalError' }))
    }
  })

  it('objects of a facade are instances of the classes of this entry', async () => {
    const signer = pubky.signer(Keypair.random())
    expect(signer).toBeInstanceOf(Signer)
    expect(pubky.publicStorage).toBeInstanceOf(PublicStorage)
    expect({}).not.toBeInstanceOf(Signer)
  })

  it('lets a program end that does not close it', async () => {
    const signer = await signedUp()
    const session = await signer.signin('native.example')
    await session.storage.putText('/pub/native.example/a.txt', 'read')
    const program = `
      import { Client, PublicStorage } from '@pubky/sdk/node'
      const client = new Client({ pkarr: { relays: [], bootstrap: ${JSON.stringify(network.bootstrap)} } })
      const address = 'pubky${signer.publicKey.z32()}/pub/native.example/a.txt'
      console.log(await new PublicStorage(client).getText(address))
    `
    const flags = ['--conditions=source', '--input-type=module', '--eval', program]
    const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: import.meta.dirname, timeout: 25_000 })
    expect(stdout).toBe('read\n')
  })

  it('can be closed twice', async () => {
    const client = dhtClient()
    await client[Symbol.asyncDispose]()
    await client[Symbol.asyncDispose]()
  })
})
