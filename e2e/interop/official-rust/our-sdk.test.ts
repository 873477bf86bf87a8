import { AuthFlowKind, Client, Keypair, Pubky, PublicKey } from '@pubky/sdk'
import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingPeer } from '../../peers.ts'
import { peerAvailable, peerHint, RustPeer } from './peer.ts'

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

/** The official Rust SDK 0.17.1 and ours as two apps of the same users. */
describe.skipIf(missingPeer('the official Rust software', peerAvailable, peerHint))('our SDK and the Rust SDK', () => {
  let network: EphemeralTestnet
  let peer: RustPeer
  let client: number
  let pubky: Pubky
  let homeserver: PublicKey

  beforeAll(async () => {
    network = await startTestnet()
    homeserver = PublicKey.from(network.homeserver.publicKey.z32())
    pubky = Pubky.withClient(new Client({ pkarr: { relays: [network.pkarrRelay.url] } }))
    peer = new RustPeer()
    client = (await peer.do<{ client: number }>('sdk.client', { bootstrap: network.bootstrap })).client
  })
  afterAll(async () => {
    await peer[Symbol.asyncDispose]()
    await network[Symbol.asyncDispose]()
  })

  const relay = () => `${network.httpRelay.url}/inbox`

  async function newUser(): Promise<{ keypair: Keypair; secret: string; user: string }> {
    const keypair = Keypair.random()
    await pubky.signer(keypair).signup(homeserver)
    return { keypair, secret: base64(keypair.secret()), user: keypair.publicKey.z32() }
  }

  test('read each other’s files, also those whose names the official SDK encodes twice', async () => {
    const { keypair, secret, user } = await newUser()
    const ours = await pubky.signer(keypair).signin('ours.test')
    const { session } = await peer.do<{ session: number }>('sdk.signin', { client, secret })
    await ours.storage.putText('/pub/a/ours.txt', 'from ours')
    await peer.do('sdk.put', { session, path: '/pub/a/theirs.txt', body: base64(Buffer.from('from theirs')) })
    const read = await peer.do<{ body: string }>('sdk.get', { session, path: '/pub/a/ours.txt' })
    expect(Buffer.from(read.body, 'base64').toString()).toBe('from ours')
    expect(await ours.storage.getText('/pub/a/theirs.txt')).toBe('from theirs')
    expect(await pubky.publicStorage.getText(`pubky${user}/pub/a/theirs.txt`)).toBe('from theirs')

    await peer.do('sdk.put', { session, path: '/pub/a/zwölf €.txt', body: base64(Buffer.from('encoded')) })
    expect(await ours.storage.getText('/pub/a/zwölf €.txt')).toBe('encoded')
  })

  for (const kind of ['cookie', 'grant', 'signed approval'] as const) {
    const capabilities = kind === 'signed approval' ? '/pub/app/:rw,/priv/app/:e' : '/pub/app/:rw'
    const signedApproval = kind === 'signed approval'

    test(`their app is approved by our signer (${kind})`, async () => {
      const { keypair, user } = await newUser()
      const { flow, url } = await peer.do<{ flow: number; url: string }>('sdk.startFlow', {
        client,
        kind: kind === 'cookie' ? 'cookie' : 'grant',
        signedApproval,
        capabilities,
        relay: relay(),
      })
      const [app] = await Promise.all([
        peer.do<{ session: number; user: string }>('sdk.awaitFlow', { flow }),
        pubky.signer(keypair).approveAuthRequest(url),
      ])
      expect(app.user).toBe(user)
      await peer.do('sdk.put', { session: app.session, path: '/pub/app/a', body: base64(Buffer.from('x')) })
      if (signedApproval) {
        expect(await peer.do('sdk.grantInfo', { session: app.session })).toMatchObject({ keys: true })
      }
    })

    test(`our app is approved by their signer (${kind})`, async () => {
      const { secret, user } = await newUser()
      const flow =
        kind === 'cookie'
          ? pubky.startCookieAuthFlow(capabilities, AuthFlowKind.signin(), relay())
          : await pubky.startGrantAuthFlow(capabilities, AuthFlowKind.signin(), {
              clientId: 'ours.test',
              relay: relay(),
              approvalFormat: signedApproval ? 'v1' : 'bare',
            })
      const [session] = await Promise.all([
        flow.awaitApproval(),
        peer.do('sdk.approve', { client, secret, url: flow.authorizationUrl }),
      ])
      expect(session.info.publicKey.z32()).toBe(user)
      await session.storage.putText('/pub/app/a', 'x')
      await expect(session.storage.putText('/pub/other', 'x')).rejects.toMatchObject({ data: { statusCode: 403 } })
      if (signedApproval) expect(session.grant?.encryptionKeys).toBeDefined()
    })
  }

  test('both signers deliver the same content keys', async () => {
    const { keypair, secret } = await newUser()
    const keys: string[] = []
    for (const approve of [
      (url: string) => pubky.signer(keypair).approveAuthRequest(url),
      (url: string) => peer.do('sdk.approve', { client, secret, url }),
    ]) {
      const flow = await pubky.startGrantAuthFlow('/priv/app/:rwe', AuthFlowKind.signin(), {
        clientId: 'ours.test',
        relay: relay(),
        approvalFormat: 'v1',
      })
      const [session] = await Promise.all([flow.awaitApproval(), approve(flow.authorizationUrl)])
      keys.push(base64(session.grant!.encryptionKeys!.deriveForPath('/priv/app/note')))
    }
    expect(keys[0]).toBe(keys[1])
  })

  test('exchange exported sessions', async () => {
    const { keypair, secret } = await newUser()
    const ours = await pubky.signer(keypair).signin('ours.test')
    const restored = await peer.do<{ session: number }>('sdk.restore', {
      client,
      token: await ours.exportLocalSecret(),
    })
    await peer.do('sdk.put', { session: restored.session, path: '/pub/a', body: base64(Buffer.from('theirs')) })

    const theirs = await peer.do<{ session: number }>('sdk.signin', { client, secret, clientId: 'theirs.test' })
    const session = await pubky.restoreSession(await peer.do<string>('sdk.export', theirs))
    expect(await session.storage.getText('/pub/a')).toBe('theirs')
  })

  test('open each other’s recovery files', async () => {
    const keypair = Keypair.random()
    const passphrase = 'correct horse battery staple'
    const theirs = await peer.do<string>('sdk.createRecoveryFile', { secret: base64(keypair.secret()), passphrase })
    const opened = Keypair.fromRecoveryFile(new Uint8Array(Buffer.from(theirs, 'base64')), passphrase)
    expect(opened.publicKey.z32()).toBe(keypair.publicKey.z32())
    const file = base64(keypair.createRecoveryFile(passphrase))
    expect(await peer.do('sdk.openRecoveryFile', { file, passphrase })).toBe(keypair.publicKey.z32())
  })
})
