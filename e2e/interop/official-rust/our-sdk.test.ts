import { AuthFlowKind, type Capabilities, Client, Keypair, Pubky, PublicKey, ScopedEncryptionKeys } from '@pubky/sdk'
import { Client as NodeClient, Pubky as NodePubky } from '@pubky/sdk/node'
import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingPeer } from '../../peers.ts'
import { peerAvailable, peerHint, RustPeer } from './peer.ts'

interface Opened {
  readonly session: number
  readonly user: string
  readonly capabilities: string[]
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const text = (body: string): string => Buffer.from(body, 'base64').toString()

/** The official Rust SDK 0.17.1 and our SDK as clients of one homeserver; ours both by domain and natively. */
describe.skipIf(missingPeer('the official Rust software', peerAvailable, peerHint))(
  'our SDK beside the Rust SDK',
  () => {
    let network: EphemeralTestnet
    let peer: RustPeer
    let client: number
    let homeserver: PublicKey
    let pubky: Pubky
    let native: NodePubky

    beforeAll(async () => {
      network = await startTestnet()
      homeserver = PublicKey.from(network.homeserver.publicKey.z32())
      peer = new RustPeer()
      client = (await peer.do<{ client: number }>('sdk.client', { bootstrap: network.bootstrap })).client
      pubky = Pubky.withClient(new Client({ pkarr: { relays: [network.pkarrRelay.url] } }))
      native = NodePubky.withClient(new NodeClient({ pkarr: { relays: [], bootstrap: [...network.bootstrap] } }))
    })

    afterAll(async () => {
      await native[Symbol.asyncDispose]()
      await peer[Symbol.asyncDispose]()
      await network[Symbol.asyncDispose]()
    })

    const relay = (): string => `${network.httpRelay.url}/inbox`

    async function newUser(): Promise<{ keypair: Keypair; secret: string; user: string }> {
      const keypair = Keypair.random()
      await pubky.signer(keypair).signup(homeserver)
      return { keypair, secret: base64(keypair.secret()), user: keypair.publicKey.z32() }
    }

    async function theirFlow(capabilities: string, kind: 'cookie' | 'grant', signedApproval = false) {
      return await peer.do<{ flow: number; url: string }>('sdk.startFlow', {
        client,
        capabilities,
        kind,
        relay: relay(),
        signedApproval,
        clientId: 'notes.example',
      })
    }

    async function ourFlow(capabilities: Capabilities, approvalFormat: 'bare' | 'v1' = 'bare') {
      const options = { clientId: 'notes.example', relay: relay(), approvalFormat }
      return await pubky.startGrantAuthFlow(capabilities, AuthFlowKind.signin(), options)
    }

    it('recovery files open on both sides', async () => {
      const keypair = Keypair.random()
      const theirs = await peer.do<string>('sdk.createRecoveryFile', {
        secret: base64(keypair.secret()),
        passphrase: 'pass phrase',
      })
      const opened = Keypair.fromRecoveryFile(Buffer.from(theirs, 'base64'), 'pass phrase')
      expect(opened.publicKey.z32()).toBe(keypair.publicKey.z32())
      const file = base64(keypair.createRecoveryFile('pass phrase'))
      expect(await peer.do('sdk.openRecoveryFile', { file, passphrase: 'pass phrase' })).toBe(keypair.publicKey.z32())
    })

    it('files written by one are read by the other', async () => {
      const { keypair, secret, user } = await newUser()
      const theirs = await peer.do<Opened>('sdk.signin', { client, secret })
      await peer.do('sdk.put', {
        session: theirs.session,
        path: '/pub/theirs.txt',
        body: base64(Buffer.from('theirs')),
      })
      await peer.do('sdk.put', {
        session: theirs.session,
        path: '/pub/My File.txt',
        body: base64(Buffer.from('spaced')),
      })
      for (const ours of [pubky, native]) {
        expect(await ours.publicStorage.getText(`pubky${user}/pub/theirs.txt`)).toBe('theirs')
        expect(await ours.publicStorage.getText(`pubky${user}/pub/My File.txt`)).toBe('spaced')
      }
      const session = await native.signer(keypair).signin('ours.example')
      await session.storage.putText('/priv/ours.txt', 'ours')
      const read = await peer.do<{ body: string }>('sdk.get', { session: theirs.session, path: '/priv/ours.txt' })
      expect(text(read.body)).toBe('ours')
      const listed = await peer.do<string[]>('sdk.list', { session: theirs.session, path: '/priv/' })
      expect(listed).toEqual(['/priv/ours.txt'])
    })

    it('requests of theirs are approved by ours: cookie, grant, signed approval with keys', async () => {
      const { keypair, user } = await newUser()
      const signer = pubky.signer(keypair)
      for (const [kind, capabilities, signed] of [
        ['cookie', '/pub/notes.example/:rw', false],
        ['grant', '/pub/notes.example/:rw', false],
        ['grant', '/pub/notes.example/:rwe', true],
      ] as const) {
        const { flow, url } = await theirFlow(capabilities, kind, signed)
        await signer.approveAuthRequest(url)
        const opened = await peer.do<Opened>('sdk.awaitFlow', { flow })
        expect([opened.user, opened.capabilities]).toEqual([user, [capabilities]])
        await peer.do('sdk.put', {
          session: opened.session,
          path: '/pub/notes.example/a',
          body: base64(Buffer.from(kind)),
        })
        if (!signed) continue
        expect(await peer.do('sdk.grantInfo', { session: opened.session })).toMatchObject({ keys: true })
        const restored = ScopedEncryptionKeys.restore(await peer.do<string>('sdk.export', { session: opened.session }))
        const own = ScopedEncryptionKeys.fromKeypair(keypair, ['/pub/notes.example/'])
        const path = '/pub/notes.example/a'
        expect(restored?.keys.deriveForPath(path)).toEqual(own.deriveForPath(path))
      }
    })

    it('a narrowed approval of ours is accepted by theirs', async () => {
      const { keypair } = await newUser()
      const { flow, url } = await theirFlow('/pub/notes.example/:rwe', 'grant', true)
      await pubky.signer(keypair).approveAuthRequestWithCapabilities(url, '/pub/notes.example/room/:re')
      expect(await peer.do<Opened>('sdk.awaitFlow', { flow })).toMatchObject({
        capabilities: ['/pub/notes.example/room/:re'],
      })
    })

    it('requests of ours are approved by theirs: cookie, grant, signed approval with keys', async () => {
      const { keypair, secret, user } = await newUser()
      const cookie = pubky.startCookieAuthFlow('/pub/notes.example/:rw', AuthFlowKind.signin(), relay())
      await peer.do('sdk.approve', { client, secret, url: cookie.authorizationUrl })
      expect((await cookie.awaitApproval()).info.publicKey.z32()).toBe(user)
      const bare = await ourFlow('/pub/notes.example/:rw')
      await peer.do('sdk.approve', { client, secret, url: bare.authorizationUrl })
      const session = await bare.awaitApproval()
      await session.storage.putText('/pub/notes.example/a', 'approved by them')
      const signed = await ourFlow('/pub/notes.example/:rwe', 'v1')
      await peer.do('sdk.approve', { client, secret, url: signed.authorizationUrl })
      const keys = (await signed.awaitApproval()).grant?.encryptionKeys
      const own = ScopedEncryptionKeys.fromKeypair(keypair, ['/pub/notes.example/'])
      expect(keys?.deriveForPath('/pub/notes.example/a')).toEqual(own.deriveForPath('/pub/notes.example/a'))
    })

    it('exported sessions are restored on both sides', async () => {
      const { keypair, secret, user } = await newUser()
      const theirs = await peer.do<Opened>('sdk.signin', { client, secret })
      const restored = await pubky.restoreSession(await peer.do<string>('sdk.export', { session: theirs.session }))
      await restored.storage.putText('/pub/a', 'restored by us')
      const ours = await pubky.signer(keypair).signin('ours.example')
      const signed = await ourFlow('/pub/notes.example/:rwe', 'v1')
      await pubky.signer(keypair).approveAuthRequest(signed.authorizationUrl)
      const withKeys = await signed.awaitApproval()
      const cookie = await pubky.signer(keypair).signinCookie()
      for (const session of [ours, withKeys, cookie]) {
        const token = await session.exportLocalSecret()
        const opened = await peer.do<Opened>('sdk.restore', { client, token })
        expect([opened.user, opened.capabilities]).toEqual([user, session.info.capabilities])
      }
      const theirCookie = await peer.do<Opened>('sdk.signinCookie', { client, secret })
      const token = await peer.do<string>('sdk.export', { session: theirCookie.session })
      expect((await native.restoreSession(token)).info.publicKey.z32()).toBe(user)
    })

    it('locks of one keep the other away', async () => {
      const { keypair, secret } = await newUser()
      const theirs = await peer.do<Opened>('sdk.signin', { client, secret })
      const session = await pubky.signer(keypair).signin('ours.example')
      const lock = await peer.do<{ lock: number }>('sdk.lock', {
        session: theirs.session,
        path: '/pub/locked',
        seconds: 30,
      })
      await expect(session.storage.putText('/pub/locked', 'x')).rejects.toMatchObject({ data: { statusCode: 423 } })
      await peer.do('sdk.unlock', { session: theirs.session, lock: lock.lock })
      await session.storage.withLock('/pub/locked', 30, async (held) => {
        await session.storage.putLocked(held, Buffer.from('ours'))
        const put = peer.do('sdk.put', {
          session: theirs.session,
          path: '/pub/locked',
          body: base64(Buffer.from('theirs')),
        })
        await expect(put).rejects.toMatchObject({ status: 423 })
      })
    })
  },
)
