import {
  AuthFlowKind,
  Keypair,
  type Pubky,
  PublicKey,
  SeedExportDeepLink,
  SigninDeepLink,
  SignupDeepLink,
} from '@pubky/sdk'
import * as official from '@synonymdev/pubky'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NodeSurroundings, startSurroundings } from './upstream-88/node-surroundings.ts'

let surroundings: NodeSurroundings
let ours: Pubky
let theirs: official.Pubky

beforeAll(async () => {
  surroundings = await startSurroundings()
  ours = surroundings.place.pubky()
  const config = { pkarr: { relays: [surroundings.place.pkarrRelay], requestTimeout: 5000 } }
  theirs = official.Pubky.withClient(new official.Client(config))
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
})

function theirHomeserver(): official.PublicKey {
  return official.PublicKey.from(surroundings.place.homeserver.z32())
}

/** One user in both SDKs. */
function bothKeypairs(): [Keypair, official.Keypair] {
  const keypair = Keypair.random()
  return [keypair, official.Keypair.fromSecret(keypair.secret())]
}

describe('the official JavaScript SDK 0.6.0 and ours', () => {
  it('give a secret the same public key, in all its texts', () => {
    for (let i = 0; i < 10; i++) {
      const [a, b] = bothKeypairs()
      expect(a.publicKey.z32()).toBe(b.publicKey.z32())
      expect(a.publicKey.toString()).toBe(b.publicKey.toString())
      expect([...a.publicKey.toUint8Array()]).toEqual([...b.publicKey.toUint8Array()])
    }
  })

  it('open each other’s recovery files', () => {
    const [a, b] = bothKeypairs()
    const mine = Keypair.fromRecoveryFile(b.createRecoveryFile('pass phrase'), 'pass phrase')
    const other = official.Keypair.fromRecoveryFile(a.createRecoveryFile('pass phrase'), 'pass phrase')
    expect([...mine.secret()]).toEqual([...other.secret()])
    expect(() => Keypair.fromRecoveryFile(b.createRecoveryFile('a'), 'b')).toThrow('aead::Error')
  })

  it('resolve addresses to the same owner and path', () => {
    const address = `pubky${surroundings.place.homeserver.z32()}/pub/a b/ä.txt`
    const legacy = new URL(official.resolvePubky(address)).pathname
    expect(legacy).toBe('/pub/a%20b/%C3%A4.txt')
  })

  it('read each other’s files, lists and stats', async () => {
    const [mine, other] = bothKeypairs()
    const theirSession = await theirs.signer(other).signup(theirHomeserver(), null)
    await theirSession.storage.putText('/pub/app/theirs.txt', 'written by them')
    await theirSession.storage.putJson('/pub/app/theirs.json', { a: [1, 2] })
    const user = mine.publicKey.z32()
    const address = <T extends string>(path: T) => `pubky${user}/pub/app/${path}` as `pubky${string}/pub/${string}`
    expect(await ours.publicStorage.getText(address('theirs.txt'))).toBe('written by them')
    expect(await ours.publicStorage.getJson(address('theirs.json'))).toEqual({ a: [1, 2] })
    const session = await ours.signer(mine).signin('ours.example')
    await session.storage.putText('/pub/app/ours.txt', 'written by us')
    expect(await theirs.publicStorage.getText(address('ours.txt'))).toBe('written by us')
    expect(await theirs.publicStorage.list(address(''))).toEqual(await ours.publicStorage.list(address('')))
    const [a, b] = [
      await ours.publicStorage.stats(address('ours.txt')),
      await theirs.publicStorage.stats(address('ours.txt')),
    ]
    expect(a).toEqual({ ...b })
  })

  it('names with special characters that they write are found by us', async () => {
    const [mine, other] = bothKeypairs()
    const theirSession = await theirs.signer(other).signup(theirHomeserver(), null)
    await theirSession.storage.putText('/pub/My File.txt', 'encoded twice')
    const session = await ours.signer(mine).signin('ours.example')
    expect(await session.storage.getText('/pub/My File.txt')).toBe('encoded twice')
    // What our list prints can be given back as it is.
    const [url] = await session.storage.list('/pub/')
    expect(await ours.publicStorage.getText(url as `pubky://${string}/pub/${string}`)).toBe('encoded twice')
    await theirSession.storage.putText('/pub/My Folder/a', 'a')
    const [inside] = await session.storage.list('/pub/My Folder/')
    expect(inside?.endsWith('/pub/My%20Folder/a')).toBe(true)
    for await (const { path } of session.storage.entries('/pub/My Folder/')) expect(path).toBe('/pub/My%20Folder/a')
  })

  it('restore each other’s cookie sessions', async () => {
    const [mine, other] = bothKeypairs()
    const first = await ours.signer(mine).signupCookie(surroundings.place.homeserver)
    const restoredThere = await theirs.restoreSession(first.export())
    await restoredThere.storage.putText('/pub/a.txt', 'there')
    expect(await first.storage.getText('/pub/a.txt')).toBe('there')
    const second = await theirs.signer(other).signin()
    const restoredHere = await ours.restoreSession(second.export())
    await restoredHere.storage.putText('/pub/a.txt', 'here')
    expect(await second.storage.getText('/pub/a.txt')).toBe('here')
    expect(restoredHere.info.capabilities).toEqual(second.info.capabilities)
  })

  it('approve each other’s requests', async () => {
    const { relay } = surroundings.place
    const [mine, other] = bothKeypairs()
    await theirs.signer(other).signup(theirHomeserver(), null)
    const ourFlow = ours.startCookieAuthFlow('/pub/app/:rw', AuthFlowKind.signin(), relay)
    await theirs.signer(other).approveAuthRequest(ourFlow.authorizationUrl)
    const ourSession = await ourFlow.awaitApproval()
    expect(ourSession.info.capabilities).toEqual(['/pub/app/:rw'])
    await ourSession.storage.putText('/pub/app/a.txt', 'approved by them')
    const theirFlow = theirs.startAuthFlow('/pub/app/:rw', official.AuthFlowKind.signin(), relay)
    await ours.signer(mine).approveAuthRequest(theirFlow.authorizationUrl)
    const theirSession = await theirFlow.awaitApproval()
    expect(await theirSession.storage.getText('/pub/app/a.txt')).toBe('approved by them')
    expect(theirSession.info.publicKey.z32()).toBe(mine.publicKey.z32())
  })

  it('parse each other’s deep links', () => {
    const secret = 'kqnceEMgrNQM_xi06oQXjA3cJHX_RQmw1BY6JE1bse8'
    const query = `caps=/pub/app/:rw&secret=${secret}&relay=https://httprelay.pubky.app/link`
    const theirSignin = official.SigninDeepLink.parse(`pubkyauth://signin?${query}`).toString()
    expect(SigninDeepLink.parse(theirSignin).capabilities).toBe('/pub/app/:rw')
    const ourSignin = SigninDeepLink.parse(theirSignin).toString()
    expect(official.SigninDeepLink.parse(ourSignin).baseRelayUrl).toBe('https://httprelay.pubky.app/link')
    const hs = surroundings.place.homeserver.z32()
    const theirSignup = official.SignupDeepLink.parse(`pubkyauth://signup?${query}&hs=${hs}&st=1234`).toString()
    const ourSignup = SignupDeepLink.parse(theirSignup)
    expect([ourSignup.homeserver.z32(), ourSignup.signupToken]).toEqual([hs, '1234'])
    expect(official.SignupDeepLink.parse(ourSignup.toString()).homeserver.z32()).toBe(hs)
    const seed = official.SeedExportDeepLink.parse(`pubkyauth://secret_export?secret=${secret}`)
    expect([...SeedExportDeepLink.parse(seed.toString()).secret]).toEqual([...seed.secret])
  })

  it('verify each other’s tokens', async () => {
    const { relay } = surroundings.place
    const [mine, other] = bothKeypairs()
    const ourFlow = ours.startCookieAuthFlow('', AuthFlowKind.signin(), relay)
    await theirs.signer(other).approveAuthRequest(ourFlow.authorizationUrl)
    const ourToken = await ourFlow.awaitToken()
    expect(official.AuthToken.verify(ourToken.toBytes()).publicKey.z32()).toBe(mine.publicKey.z32())
    const theirFlow = theirs.startAuthFlow('', official.AuthFlowKind.signin(), relay)
    await ours.signer(mine).approveAuthRequest(theirFlow.authorizationUrl)
    const theirToken = await theirFlow.awaitToken()
    const { AuthToken } = await import('@pubky/sdk')
    expect(AuthToken.verify(theirToken.toBytes()).publicKey.z32()).toBe(mine.publicKey.z32())
  })

  it('publish records that the other reads', async () => {
    const [mine, other] = bothKeypairs()
    await ours.signer(mine).signup(surroundings.place.homeserver)
    expect((await theirs.getHomeserverOf(other.publicKey))?.z32()).toBe(surroundings.place.homeserver.z32())
    const moved = Keypair.random().publicKey
    await theirs.signer(other).pkdns.publishHomeserverForce(official.PublicKey.from(moved.z32()))
    const seen = await surroundings.place.pubky().getHomeserverOf(PublicKey.from(mine.publicKey.z32()))
    expect(seen?.z32()).toBe(moved.z32())
  })
})
