import { randomBytes } from 'node:crypto'
import { blake3, Keypair } from '@pubky/crypto'
import { DhtNode } from '@pubky/dht'
import { PkarrClient, signPacket } from '@pubky/pkarr'
import { dhtTransport } from '@pubky/pkarr/dht'
import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingPeer } from '../../peers.ts'
import { PeerError, peerAvailable, peerHint, RustPeer } from './peer.ts'

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

interface Opened {
  readonly session: number
  readonly user: string
  readonly capabilities: string[]
}

interface Events {
  readonly events: { type: string; user: string; path: string; cursor: number }[]
  readonly ended: boolean
}

/** The official Rust SDK 0.17.1, natively: our DHT resolves the homeserver, our PubkyTLS carries the requests. */
describe.skipIf(missingPeer('the official Rust software', peerAvailable, peerHint))('Rust SDK', () => {
  let network: EphemeralTestnet
  let peer: RustPeer
  let client: number
  let homeserver: string

  beforeAll(async () => {
    network = await startTestnet({ homeservers: 2 })
    homeserver = network.homeserver.publicKey.z32()
    peer = new RustPeer()
    client = await newClient({ bootstrap: network.bootstrap })
    console.log(`official peer: ${await peer.do<string>('sdk.version')}`)
  })

  afterAll(async () => {
    await peer[Symbol.asyncDispose]()
    await network[Symbol.asyncDispose]()
  })

  async function newClient(options: { bootstrap?: readonly string[]; relays?: readonly string[] }): Promise<number> {
    return (await peer.do<{ client: number }>('sdk.client', options)).client
  }

  const relay = () => `${network.httpRelay.url}/inbox`

  async function signUp(): Promise<{ keypair: Keypair; secret: string; user: string }> {
    const keypair = Keypair.random()
    const secret = base64(keypair.secret())
    await peer.do('sdk.signup', { client, secret, homeserver })
    return { keypair, secret, user: keypair.publicKey.z32() }
  }

  async function signedIn(): Promise<Opened & { secret: string }> {
    const { secret } = await signUp()
    return { ...(await peer.do<Opened>('sdk.signin', { client, secret })), secret }
  }

  const put = (session: number, path: string, body: Uint8Array | string = 'x') =>
    peer.do<{ status: number }>('sdk.put', { session, path, body: base64(Buffer.from(body)) })

  test('reaches https://<homeserver key>/ over PubkyTLS', async () => {
    const answer = await peer.do<{ status: number; body: string }>('sdk.fetch', {
      client,
      url: `https://${homeserver}/`,
    })
    expect(answer.status).toBe(200)
    expect(Buffer.from(answer.body, 'base64').toString()).toBe('Pubky Homeserver')
  })

  test('signs up and in by cookie, and out', async () => {
    const secret = base64(Keypair.random().secret())
    const first = await peer.do<Opened>('sdk.signupCookie', { client, secret, homeserver })
    expect(first.capabilities).toEqual(['/:rw'])
    expect(await peer.do('sdk.homeserverOf', { client, user: first.user })).toBe(homeserver)
    expect((await put(first.session, '/pub/a')).status).toBe(201)
    expect(await peer.do('sdk.revalidate', { session: first.session })).toBe(true)
    const token = await peer.do<string>('sdk.export', { session: first.session })
    const restored = await peer.do<Opened>('sdk.restore', { client, token })
    expect((await put(restored.session, '/pub/b')).status).toBe(201)
    const second = await peer.do<Opened>('sdk.signinCookie', { client, secret })
    await peer.do('sdk.signout', { session: first.session })
    await expect(put(restored.session, '/pub/c')).rejects.toMatchObject({ status: 401 })
    expect((await put(second.session, '/pub/c')).status).toBe(201)
  })

  test('signs up by token', async () => {
    await using closed = await startTestnet({ config: { general: { signup_mode: 'token_required' } } })
    const strict = await newClient({ bootstrap: closed.bootstrap })
    const params = () => ({
      client: strict,
      secret: base64(Keypair.random().secret()),
      homeserver: closed.homeserver.publicKey.z32(),
    })
    const response = await fetch(`${closed.homeserver.adminUrl}/generate_signup_token`, {
      headers: { 'x-admin-password': closed.homeserver.adminPassword },
    })
    const signupToken = await response.text()
    for (const verb of ['sdk.signup', 'sdk.signupCookie']) {
      await expect(peer.do(verb, params())).rejects.toMatchObject({ status: 400 })
    }
    await peer.do('sdk.signup', { ...params(), signupToken })
    await expect(peer.do('sdk.signup', { ...params(), signupToken })).rejects.toMatchObject({ status: 401 })
  })

  test('stores, reads, lists and deletes, from nothing to 5 MiB', async () => {
    const { session, user } = await signedIn()
    for (const size of [0, 1, 1024, 70 * 1024, 5 * 1024 * 1024]) {
      const body = randomBytes(size)
      const path = `/pub/sizes/${size}.bin`
      expect((await put(session, path, body)).status).toBe(201)
      const read = await peer.do<{ body: string }>('sdk.get', { session, path })
      expect(Buffer.from(read.body, 'base64').equals(body)).toBe(true)
      const stats = await peer.do<{ length: number; etag: string }>('sdk.stats', { session, path })
      expect(stats).toMatchObject({ length: size, etag: base64(blake3(body)) })
    }
    const listed = await peer.do<string[]>('sdk.list', { session, path: '/pub/sizes/' })
    expect(listed).toHaveLength(5)
    expect(await peer.do('sdk.list', { session, path: '/pub/', shallow: true })).toEqual(['/pub/sizes/'])
    const page = await peer.do<string[]>('sdk.list', {
      session,
      path: '/pub/sizes/',
      limit: 2,
      cursor: `${user}${listed[0]}`,
    })
    expect(page).toEqual(listed.slice(1, 3))
    const reversed = await peer.do('sdk.list', { session, path: '/pub/sizes/', reverse: true })
    expect(reversed).toEqual(listed.toReversed())
    expect(await peer.do('sdk.delete', { session, path: '/pub/sizes/1.bin' })).toEqual({ status: 204 })
    expect(await peer.do('sdk.exists', { session, path: '/pub/sizes/1.bin' })).toBe(false)
    await expect(peer.do('sdk.get', { session, path: '/pub/sizes/1.bin' })).rejects.toMatchObject({ status: 404 })
  })

  test('reads public data of others, path-addressed, by name and by listing', async () => {
    const { session, user } = await signedIn()
    // Session paths are encoded twice by the official SDK (spec 01 §3.3), so only plain names can be read back by address.
    await put(session, '/pub/notes/hello.txt', 'hello')
    const address = `pubky://${user}/pub/notes/hello.txt`
    const body = await peer.do<string>('sdk.publicGet', { client, address })
    expect(Buffer.from(body, 'base64').toString()).toBe('hello')
    expect(await peer.do('sdk.publicExists', { client, address: `${address}.missing` })).toBe(false)
    expect(await peer.do('sdk.publicList', { client, address: `pubky://${user}/pub/notes/` })).toHaveLength(1)
  })

  test('keeps private data private', async () => {
    const { session, user } = await signedIn()
    await put(session, '/priv/diary.txt', 'secret')
    const read = await peer.do<{ body: string }>('sdk.get', { session, path: '/priv/diary.txt' })
    expect(Buffer.from(read.body, 'base64').toString()).toBe('secret')
    const stranger = await signedIn()
    const url = `https://_pubky.${user}/priv/diary.txt`
    expect(await peer.do('sdk.fetch', { client, url })).toMatchObject({ status: 401 })
    expect(stranger.user).not.toBe(user)
  })

  for (const kind of ['cookie', 'grant'] as const) {
    test(`authorises an app through our HTTP relay (${kind})`, async () => {
      const { secret, user } = await signUp()
      const { flow, url } = await peer.do<{ flow: number; url: string }>('sdk.startFlow', {
        client,
        kind,
        capabilities: '/pub/app/:rw,/priv/app/:r',
        relay: relay(),
      })
      const [app] = await Promise.all([
        peer.do<Opened>('sdk.awaitFlow', { flow }),
        peer.do('sdk.approve', { client, secret, url }),
      ])
      expect(app.user).toBe(user)
      expect(app.capabilities.toSorted()).toEqual(['/priv/app/:r', '/pub/app/:rw'])
      expect((await put(app.session, '/pub/app/a')).status).toBe(201)
      for (const path of ['/pub/other', '/priv/app/a', '/pub/app']) {
        await expect(put(app.session, path)).rejects.toMatchObject({ status: 403 })
      }
    })
  }

  test('delivers content keys by signed approval', async () => {
    const { secret } = await signUp()
    const { flow, url } = await peer.do<{ flow: number; url: string }>('sdk.startFlow', {
      client,
      kind: 'grant',
      signedApproval: true,
      capabilities: '/pub/app/:rw,/priv/app/:e',
      relay: relay(),
    })
    const [app] = await Promise.all([
      peer.do<Opened>('sdk.awaitFlow', { flow }),
      peer.do('sdk.approve', { client, secret, url }),
    ])
    const info = await peer.do<{ keys: boolean; signedApproval: string | null }>('sdk.grantInfo', app as never)
    expect(info.keys).toBe(true)
    expect(info.signedApproval).not.toBeNull()
    await expect(put(app.session, '/priv/app/a')).rejects.toMatchObject({ status: 403 })
  })

  test('approves an app right after signing up', async () => {
    const keypair = Keypair.random()
    const { flow, url } = await peer.do<{ flow: number; url: string }>('sdk.startFlow', {
      client,
      kind: 'grant',
      homeserver,
      capabilities: '/pub/app/:rw',
      relay: relay(),
    })
    const [app] = await Promise.all([
      peer.do<Opened>('sdk.awaitFlow', { flow }),
      peer
        .do('sdk.signup', { client, secret: base64(keypair.secret()), homeserver })
        .then(() => peer.do('sdk.approve', { client, secret: base64(keypair.secret()), url })),
    ])
    expect(app.user).toBe(keypair.publicKey.z32())
  })

  test('refreshes, exports, lists and revokes grants, and signs out by proof', async () => {
    const { session, secret } = await signedIn()
    expect(await peer.do('sdk.refresh', { session })).toEqual({ changed: true })
    expect((await put(session, '/pub/after-refresh')).status).toBe(201)
    const token = await peer.do<string>('sdk.export', { session })
    const other = await peer.do<Opened>('sdk.signin', { client, secret, clientId: 'other.app' })
    const grants = await peer.do<{ id: string; clientId: string }[]>('sdk.grants', { session })
    expect(grants.map((grant) => grant.clientId).sort()).toEqual(['interop.test', 'other.app'])
    const victim = grants.find((grant) => grant.clientId === 'other.app')!
    await peer.do('sdk.revoke', { session, grantId: victim.id })
    await expect(put(other.session, '/pub/x')).rejects.toBeInstanceOf(PeerError)
    // Restoring replaces the bearer of this grant; the first session then signs out by proof.
    await peer.do<Opened>('sdk.restore', { client, token })
    await peer.do('sdk.signout', { session })
    await expect(peer.do('sdk.restore', { client, token })).rejects.toBeInstanceOf(PeerError)
  })

  test('locks', async () => {
    const { session } = await signedIn()
    const path = '/pub/state.bin'
    const held = await peer.do<{ lock: number; seconds: number }>('sdk.lock', { session, path, seconds: 20 })
    expect(held.seconds).toBe(20)
    await expect(put(session, path)).rejects.toMatchObject({ status: 423 })
    await expect(peer.do('sdk.lock', { session, path, seconds: 5 })).rejects.toMatchObject({ status: 423 })
    const { lock } = held
    expect(await peer.do('sdk.putLocked', { session, lock, body: base64(Buffer.from('mine')) })).toEqual({
      status: 201,
    })
    expect(await peer.do('sdk.refreshLock', { session, lock, seconds: 40 })).toEqual({ seconds: 40 })
    expect(await peer.do('sdk.deleteLocked', { session, lock })).toEqual({ status: 204 })
    await peer.do('sdk.unlock', { session, lock })
    expect((await put(session, path)).status).toBe(201)
  })

  test('streams events: history, limit, reverse, filter, cursor', async () => {
    const { session, user } = await signedIn()
    for (const path of ['/pub/a', '/pub/files/b', '/pub/c', '/priv/d']) await put(session, path)
    await peer.do('sdk.delete', { session, path: '/pub/a' })
    const stream = async (params: object) => {
      const opened = await peer.do<{ stream: number }>('sdk.events', { client, users: [{ user }], ...params })
      return (await peer.do<Events>('sdk.nextEvents', { ...opened, count: 100 })).events
    }
    const all = await stream({})
    expect(all.map(({ type, path }) => `${type} ${path}`)).toEqual([
      'PUT /pub/a',
      'PUT /pub/files/b',
      'PUT /pub/c',
      'DEL /pub/a',
    ])
    expect(await stream({ limit: 2 })).toEqual(all.slice(0, 2))
    expect(await stream({ reverse: true })).toEqual(all.toReversed())
    expect(await stream({ paths: ['/pub/files/'] })).toEqual([all[1]])
    expect(await stream({ users: [{ user, cursor: all[1]!.cursor }] })).toEqual(all.slice(2))
    const own = await stream({ paths: ['/priv/'], session })
    expect(own.map((event) => event.path)).toEqual(['/priv/d'])
    await expect(stream({ paths: ['/priv/'] })).rejects.toMatchObject({ status: 401 })
  })

  test('streams events live, of several users', async () => {
    const [one, two] = [await signedIn(), await signedIn()]
    await put(one.session, '/pub/history')
    const opened = await peer.do<{ stream: number }>('sdk.events', {
      client,
      homeserver,
      users: [{ user: one.user }, { user: two.user }],
      live: true,
    })
    const history = await peer.do<Events>('sdk.nextEvents', { ...opened, count: 1 })
    expect(history.events.map((event) => event.path)).toEqual(['/pub/history'])
    await put(one.session, '/pub/live-1')
    await put(two.session, '/pub/live-2')
    const live = await peer.do<Events>('sdk.nextEvents', { ...opened, count: 2 })
    expect(live.events.map(({ user, path }) => [user, path])).toEqual([
      [one.user, '/pub/live-1'],
      [two.user, '/pub/live-2'],
    ])
    await peer.do('sdk.closeEvents', opened)
  })

  test('refuses a homeserver that holds another key', async () => {
    // The record of a fresh key points at our server, which cannot prove that key.
    const impostor = Keypair.random()
    const dht = await DhtNode.create({ host: '127.0.0.1', port: 0, bootstrap: network.bootstrap })
    try {
      await dht.bootstrapped()
      const pkarr = new PkarrClient({ transports: [dhtTransport(dht)] })
      const real = await pkarr.resolve(network.homeserver.publicKey)
      if (real === undefined) throw new Error('the homeserver has no record')
      const records = real.records('@').map((record) => ({ ...record, name: '@' }))
      await pkarr.publish(signPacket({ keypair: impostor, records }))
    } finally {
      await dht[Symbol.asyncDispose]()
    }
    const url = `https://${impostor.publicKey.z32()}/`
    await expect(peer.do('sdk.fetch', { client, url })).rejects.toThrow(/sdk\.fetch/)
  })

  test('works with our Pkarr relay as its only way to resolve', async () => {
    const viaRelay = await newClient({ relays: [network.pkarrRelay.url] })
    const secret = base64(Keypair.random().secret())
    await peer.do('sdk.signup', { client: viaRelay, secret, homeserver })
    const { session } = await peer.do<Opened>('sdk.signin', { client: viaRelay, secret })
    expect((await put(session, '/pub/a')).status).toBe(201)
  })

  test('pkarr publishes and resolves through our DHT and our relay, crosswise', async () => {
    const ways = [{ bootstrap: network.bootstrap }, { relays: [network.pkarrRelay.url] }]
    for (const [index, there] of ways.entries()) {
      const back = ways[1 - index]
      const keypair = Keypair.random()
      const params = { secret: base64(keypair.secret()), name: 'note', text: 'hello' }
      const { payload } = await peer.do<{ payload: string }>('pkarr.publish', { ...there, ...params })
      const found = await peer.do<{ payload: string }>('pkarr.resolve', { ...back, key: keypair.publicKey.z32() })
      expect(found.payload).toBe(payload)
    }
  })
})
