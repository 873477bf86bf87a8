import {
  AuthFlowKind,
  type Capabilities,
  Client,
  GrantManager,
  Keypair,
  Pubky,
  PublicKey,
  Session,
  verifyCustomGrantPop,
} from '@pubky/sdk'
import { Pubky as CompatPubky } from '@pubky/sdk/compat'
import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let network: EphemeralTestnet
let homeserver: PublicKey
let pubky: Pubky
let client: Client

beforeAll(async () => {
  network = await startTestnet({ homeservers: 2 })
  homeserver = PublicKey.from(network.homeserver.publicKey.z32())
  client = new Client({ pkarr: { relays: [network.pkarrRelay.url] } })
  pubky = Pubky.withClient(client)
})

afterAll(async () => {
  await network[Symbol.asyncDispose]()
})

const relay = (): string => `${network.httpRelay.url}/inbox`

async function rootSession(): Promise<Session> {
  const signer = pubky.signer(Keypair.random())
  await signer.signup(homeserver)
  return await signer.signin('behaviour.example')
}

describe('signing up', () => {
  it('may be repeated', async () => {
    const signer = pubky.signer(Keypair.random())
    await signer.signup(homeserver)
    await signer.signup(homeserver)
    const session = await signer.signupCookie(homeserver)
    await session.storage.putText('/pub/a', 'x')
  })

  it('again publishes a record that never came out', async () => {
    const keypair = Keypair.random()
    await pubky.signer(keypair).signup(homeserver)
    const elsewhere = Keypair.random().publicKey
    await pubky.signer(keypair).pkdns.publishHomeserverForce(elsewhere)
    // The record names another homeserver: the account here is not taken for the user's home.
    await expect(pubky.signer(keypair).signup(homeserver)).rejects.toMatchObject({ data: { statusCode: 409 } })
    expect((await pubky.getHomeserverOf(keypair.publicKey))?.z32()).toBe(elsewhere.z32())
  })

  it('moves the record to a second homeserver', async () => {
    const signer = pubky.signer(Keypair.random())
    await signer.signup(homeserver)
    const second = PublicKey.from(network.homeservers[1]?.publicKey.z32() ?? '')
    await signer.signup(second)
    expect((await signer.pkdns.getHomeserver())?.z32()).toBe(second.z32())
    const session = await signer.signin('moved.example')
    expect((await session.grant?.sessionInfo())?.homeserver.z32()).toBe(second.z32())
    await session.storage.putText('/pub/a', 'on the second')
  })
})

describe('sessions', () => {
  it('of cookies with all rights manage grants', async () => {
    const signer = pubky.signer(Keypair.random())
    const cookie = await signer.signupCookie(homeserver)
    const app = await signer.signin('app.example')
    const manager = new GrantManager(cookie)
    expect((await manager.list()).map(({ clientId }) => clientId)).toEqual(['app.example'])
    await manager.revoke((await app.grant?.grantId()) ?? '')
    await expect(app.storage.putText('/pub/a', 'x')).rejects.toMatchObject({ data: { statusCode: 401 } })
  })

  it('come from a token too', async () => {
    const signer = pubky.signer(Keypair.random())
    await signer.signup(homeserver)
    const flow = pubky.startCookieAuthFlow('/pub/app/:rw', AuthFlowKind.signin(), relay())
    await signer.approveAuthRequest(flow.authorizationUrl)
    const token = await flow.awaitToken()
    const session = await Session.fromAuthToken(token, homeserver, client)
    await session.storage.putText('/pub/app/a', 'x')
    await expect(Session.fromAuthToken(token, homeserver, client)).rejects.toMatchObject({ data: { statusCode: 400 } })
  })

  it('end once and for all', async () => {
    const session = await rootSession()
    const secret = await session.exportLocalSecret()
    await session.signout()
    await session.signout()
    await expect(session.storage.putText('/pub/a', 'x')).rejects.toMatchObject({ data: { statusCode: 401 } })
    await expect(pubky.restoreSession(secret)).rejects.toMatchObject({ name: 'RequestError' })
  })

  it('prove to third parties who uses them', async () => {
    const session = await rootSession()
    const proof = await session.grant?.createCustomPop({ audience: 'shop.example', challenge: 'abc' })
    if (proof === undefined) throw new Error('no grant')
    for (const data of [undefined, 1n]) {
      await expect(session.grant?.createCustomPop(data)).rejects.toMatchObject({ name: 'InvalidInput' })
    }
    const seen = new Set<string>()
    const remember = (grantId: string, nonce: string): boolean => {
      const isNew = !seen.has(grantId + nonce)
      seen.add(grantId + nonce)
      return isNew
    }
    const verified = verifyCustomGrantPop(proof, { audience: 'shop.example', maxAgeSeconds: 60, remember })
    expect(verified.publicKey.z32()).toBe(session.info.publicKey.z32())
    expect(verified.data).toEqual({ audience: 'shop.example', challenge: 'abc' })
    expect(verified).toMatchObject({
      identity: session.info.publicKey.z32(),
      grantClaims: { iss: session.info.publicKey.z32(), caps: ['/:rw'], jti: await session.grant?.grantId() },
      iat: verified.issuedAt,
    })
    for (const clockSkewSeconds of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 4_294_967_296]) {
      expect(() => verifyCustomGrantPop(proof, { clockSkewSeconds })).toThrow(
        expect.objectContaining({ name: 'InvalidInput' }),
      )
    }
    const refusals: [() => unknown, string][] = [
      [() => verifyCustomGrantPop(proof, { remember }), 'proof-replayed'],
      [() => verifyCustomGrantPop(proof, { audience: 'other.example' }), 'proof-audience'],
      [() => verifyCustomGrantPop({ ...proof, pop: proof.grant }), 'UnsupportedHeader'],
      ...[null, 'text', {}, { grant: 1, pop: [] }].map((value): [() => unknown, string] => [
        () => Reflect.apply(verifyCustomGrantPop, undefined, [value]),
        'MalformedCredential',
      ]),
      [() => verifyCustomGrantPop({ ...proof, grant: `${proof.grant}x` }), 'MalformedCredential'],
    ]
    for (const [verify, code] of refusals) {
      expect(verify).toThrow(expect.objectContaining({ name: 'AuthenticationError', data: { code } }))
    }
  })

  it('of 0.6 come from signing up', async () => {
    const old = CompatPubky.withClient(client)
    const signer = old.signer(Keypair.random())
    expect(await old.getHomeserverOf(signer.publicKey)).toBeUndefined()
    const session = await signer.signup(homeserver)
    await session.storage.putText('/pub/a', 'x')
    expect(session.cookie).toBeDefined()
    expect((await old.getHomeserverOf(signer.publicKey))?.z32()).toBe(homeserver.z32())
  })
})

describe('approvals', () => {
  it('too large for the relay say what to leave out', async () => {
    const signer = pubky.signer(Keypair.random())
    const many = Array.from({ length: 12 }, (_, i) => `/pub/application${i}.example/:rwe`).join(',')
    const flow = await pubky.startGrantAuthFlow(many as Capabilities, AuthFlowKind.signin(), {
      clientId: 'greedy.example',
      relay: relay(),
      approvalFormat: 'v1',
    })
    await expect(signer.approveAuthRequest(flow.authorizationUrl)).rejects.toMatchObject({
      data: { statusCode: 413 },
      message: expect.stringContaining('approve fewer of /pub/application0.example/:rwe'),
    })
    flow.free()
  })
})

describe('storage', () => {
  it('uploads with progress and conditions', async () => {
    const { storage } = await rootSession()
    const told: number[] = []
    const body = new Blob(['x'.repeat(300_000)])
    const first = await storage.upload('/pub/a.txt', body, {
      ifAbsent: true,
      onProgress: ({ transferred, total }) => told.push(transferred / (total ?? Number.NaN)),
    })
    expect(told.at(-1)).toBe(1)
    expect(first.etag).toBe((await storage.stats('/pub/a.txt'))?.etag)
    await expect(storage.upload('/pub/a.txt', 'y', { ifAbsent: true })).rejects.toMatchObject({
      data: { statusCode: 412 },
    })
    await storage.upload('/pub/a.txt', 'y', { ifMatch: first.etag ?? '' })
    await expect(storage.upload('/pub/a.txt', 'z', { ifMatch: first.etag ?? '' })).rejects.toMatchObject({
      data: { statusCode: 412 },
    })
    expect(await storage.getText('/pub/a.txt')).toBe('y')
  })

  it('downloads ranges and versions', async () => {
    const { storage } = await rootSession()
    const { etag = '' } = await storage.upload('/pub/a.txt', '0123456789')
    const part = await storage.download('/pub/a.txt', { range: { start: 2, end: 5 } })
    expect([part.status, await part.text()]).toEqual([206, '234'])
    const rest = await storage.download('/pub/a.txt', { range: { start: 8 } })
    expect(await rest.text()).toBe('89')
    expect((await storage.download('/pub/a.txt', { ifNoneMatch: etag })).status).toBe(304)
    expect((await storage.download('/pub/a.txt', { ifNoneMatch: 'other' })).status).toBe(200)
    for (const range of [{ start: -1 }, { start: 5, end: 5 }, { start: 0.5 }]) {
      await expect(storage.download('/pub/a.txt', { range })).rejects.toMatchObject({ name: 'RequestError' })
    }
  })

  it('goes through folders page by page, with metadata', async () => {
    const { storage } = await rootSession()
    const names = ['a', 'b c', 'd%20e', 'ä', 'f\uFEFF', 'folder/x', 'folder/y'].map(
      (name) => `/pub/all/${name}` as const,
    )
    for (const name of names) await storage.putText(name, name)
    const found = new Map<string, number | undefined>()
    for await (const { path, stats } of storage.entries('/pub/all/')) found.set(path, stats?.contentLength)
    expect([...found.keys()].sort()).toEqual([...names].sort())
    expect(found.get('/pub/all/a')).toBe('/pub/all/a'.length)
    const shallow = []
    for await (const { path, stats } of storage.entries('/pub/all/', { shallow: true, limit: 6 }))
      shallow.push([path, stats === undefined])
    expect(shallow).toContainEqual(['/pub/all/folder/', true])
    // What a listing prints is what every call takes.
    for (const url of await storage.list('/pub/all/')) {
      const address = url as `pubky://${string}/pub/${string}`
      expect(await pubky.publicStorage.getText(address)).toBe(url.slice(url.indexOf('/pub/')))
      expect(await storage.list('/pub/all/', url, false, 1)).not.toContain(url)
    }
  })

  it('names that no server stores are refused here', async () => {
    const { storage } = await rootSession()
    for (const path of [
      '',
      '/pub//a',
      '/pub/./a',
      '/pub/../a',
      '/pub/a\\b',
      '/pub/a\n',
      '/pub/a ',
      `/pub/${'x'.repeat(300)}`,
    ]) {
      await expect(Reflect.apply(storage.putText, storage, [path, 'x'])).rejects.toMatchObject({
        name: 'RequestError',
        data: { kind: 'invalidRequest' },
      })
    }
  })

  it('text is what the platform makes of it', async () => {
    const { storage } = await rootSession()
    for (const text of ['\uFEFFmarked', 'half a pair: \ud83d']) {
      await storage.putText('/pub/a.txt', text)
      expect(await storage.getBytes('/pub/a.txt')).toEqual(new TextEncoder().encode(text))
    }
  })

  it('JSON is plain JSON', async () => {
    const { storage } = await rootSession()
    await storage.putJson('/pub/a.json', { b: 1, a: new Date(0), n: null })
    expect(await storage.getText('/pub/a.json')).toBe('{"b":1,"a":"1970-01-01T00:00:00.000Z","n":null}')
    await expect(storage.putJson('/pub/a.json', undefined)).rejects.toMatchObject({ name: 'InternalError' })
    await expect(storage.putJson('/pub/a.json', 1n)).rejects.toMatchObject({ name: 'InternalError' })
    await storage.putText('/pub/a.json', 'not json')
    await expect(storage.getJson('/pub/a.json')).rejects.toMatchObject({
      name: 'RequestError',
      message: expect.stringContaining('error decoding response body'),
    })
  })
})

describe('private events', () => {
  it('need the session of their user', async () => {
    const session = await rootSession()
    await session.storage.putText('/priv/a', 'x')
    const stream = pubky.eventStreamForUser(session.info.publicKey, null).path('/priv/')
    await expect(stream.subscribe()).rejects.toMatchObject({ data: { statusCode: 401 } })
    const events = []
    for await (const event of await stream.session(session).subscribe()) events.push(event.resource.path)
    expect(events).toEqual(['/priv/a'])
    const elsewhere = PublicKey.from(network.homeservers[1]?.publicKey.z32() ?? '')
    const misled = pubky
      .eventStreamFor(elsewhere)
      .addUsers([[session.info.publicKey.z32(), null]])
      .path('/priv/')
    await expect(misled.session(session).subscribe()).rejects.toThrow(
      'cannot attach session credential to target homeserver',
    )
  })
})
