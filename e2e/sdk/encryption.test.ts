import {
  AuthFlowKind,
  EncryptedStorage,
  EncryptionKeys,
  type PubkyError,
  ScopedEncryptionKeys,
  type Session,
  SharedStorage,
  type Signer,
} from '@pubky/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signedUp } from './upstream-88/cases/case.ts'
import { type NodeSurroundings, startSurroundings } from './upstream-88/node-surroundings.ts'

const FOLDER = '/pub/notes.example/sealed/'

let surroundings: NodeSurroundings

beforeAll(async () => {
  surroundings = await startSurroundings()
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
})

/** A user's app: a session with keys, as a signer app on another device approves it. */
async function appOf(signer: Signer): Promise<Session> {
  const { place } = surroundings
  const flow = await place
    .pubky()
    .startGrantAuthFlow('/pub/notes.example/:rwe,/priv/notes.example/:rwe', AuthFlowKind.signin(), {
      clientId: 'notes.example',
      relay: place.relay,
      approvalFormat: 'v1',
    })
  await signer.approveAuthRequest(flow.authorizationUrl)
  return await flow.awaitApproval()
}

async function newApp(): Promise<Session> {
  return await appOf(await signedUp(surroundings.place))
}

describe('an encrypted folder', () => {
  it('takes five lines', async () => {
    const session = await newApp()
    const notes = EncryptedStorage.open(session, '/priv/notes.example/')
    await notes.putText('first.txt', 'for my eyes only')
    expect(await notes.getText('first.txt')).toBe('for my eyes only')
    expect(await notes.list()).toEqual(['first.txt'])
  })

  it('is opaque to the server and to everybody', async () => {
    const session = await newApp()
    const notes = EncryptedStorage.open(session, FOLDER)
    await notes.putJson('a.json', { secret: 'marmalade' })
    const address = `pubky${session.info.publicKey.z32()}${FOLDER}a.json` as const
    const stored = await surroundings.place.pubky().publicStorage.getBytes(address as `pubky${string}/pub/${string}`)
    expect(stored[0]).toBe(1)
    expect(Buffer.from(stored).includes('marmalade')).toBe(false)
    expect(await notes.getJson('a.json')).toEqual({ secret: 'marmalade' })
    expect(await notes.exists('a.json')).toBe(true)
    await notes.delete('a.json')
    expect(await notes.exists('a.json')).toBe(false)
  })

  it('has keys for WebCrypto too', async () => {
    const session = await newApp()
    const keys = session.grant?.encryptionKeys
    if (keys === undefined) throw new Error('no keys')
    const [key, raw] = [await keys.deriveCryptoKeyForPath(`${FOLDER}a`), keys.deriveForPath(`${FOLDER}a`)]
    expect([key.extractable, key.algorithm.name, key.usages]).toEqual([false, 'AES-GCM', ['encrypt', 'decrypt']])
    const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12) }
    const sealed = await crypto.subtle.encrypt(algorithm, key, Uint8Array.of(1, 2, 3))
    const again = await crypto.subtle.importKey('raw', new Uint8Array(raw), 'AES-GCM', false, ['decrypt'])
    expect(new Uint8Array(await crypto.subtle.decrypt(algorithm, again, sealed))).toEqual(Uint8Array.of(1, 2, 3))
    await expect(keys.deriveCryptoKeyForPath('/pub/other')).rejects.toMatchObject({ name: 'InvalidInput' })
    const kept = EncryptionKeys.fromLocalSecret(await session.exportLocalSecret())
    expect(kept?.deriveForPath(`${FOLDER}a`)).toEqual(raw)
  })

  it('opens on every device of the user, and for a program with the keypair', async () => {
    const { Keypair } = await import('@pubky/sdk')
    const pubky = surroundings.place.pubky()
    const keypair = Keypair.random()
    const signer = pubky.signer(keypair)
    await signer.signup(surroundings.place.homeserver)
    await EncryptedStorage.open(await appOf(signer), FOLDER).putText('a.txt', 'everywhere')
    const second = EncryptedStorage.open(await appOf(signer), FOLDER)
    expect(await second.getText('a.txt')).toBe('everywhere')
    const keys = ScopedEncryptionKeys.fromKeypair(keypair, ['/pub/notes.example/'])
    const own = EncryptedStorage.open(await signer.signin('tool.example'), FOLDER, keys)
    expect(await own.getText('a.txt')).toBe('everywhere')
  })

  it('streams large files with progress', async () => {
    const notes = EncryptedStorage.open(await newApp(), FOLDER)
    const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 31) & 255)
    const progress: number[] = []
    await notes.upload('large.bin', new Blob([bytes]).stream(), {
      onProgress: ({ transferred }) => progress.push(transferred),
    })
    expect(progress.at(-1)).toBeGreaterThan(bytes.length)
    const streamed = Buffer.from(await new Response(await notes.download('large.bin')).arrayBuffer())
    // Comparing bytes one by one takes the test framework seconds.
    expect(streamed.equals(bytes)).toBe(true)
    expect(Buffer.from(await notes.getBytes('large.bin')).equals(bytes)).toBe(true)
    await notes.upload('known.bin', bytes.slice(0, 100_000))
    expect(await notes.getBytes('known.bin')).toEqual(bytes.slice(0, 100_000))
  })

  it('tells a moved file', async () => {
    const session = await newApp()
    const notes = EncryptedStorage.open(session, FOLDER)
    await notes.putText('a.txt', 'here')
    const sealed = await session.storage.getBytes(`${FOLDER}a.txt`)
    await session.storage.putBytes(`${FOLDER}b.txt`, sealed)
    const error: PubkyError = await notes.getText('b.txt').then(
      () => expect.unreachable(),
      (thrown: PubkyError) => thrown,
    )
    expect(error.name).toBe('AuthenticationError')
    expect(error.message).toContain('b.txt: it was encrypted with another key, for another path')
    expect(error.data).toEqual({ code: 'wrong-key-or-moved' })
  })

  it('tells what is not there from what may not be seen', async () => {
    const session = await newApp()
    const notes = EncryptedStorage.open(session, '/priv/notes.example/')
    await notes.putText('a.txt', 'here')
    expect([await notes.exists('a.txt'), await notes.exists('b.txt')]).toEqual([true, false])
    await expect(notes.getJson('a.txt')).rejects.toMatchObject({ name: 'RequestError', data: { kind: 'decode' } })
    await session.signout()
    await expect(notes.exists('a.txt')).rejects.toMatchObject({ data: { statusCode: 401 } })
  })

  it('closes without taking the session’s keys along', async () => {
    const session = await newApp()
    const closed = EncryptedStorage.open(session, FOLDER)
    await closed.putText('a.txt', 'still here')
    closed.free()
    await expect(closed.putText('b.txt', 'for everybody?')).rejects.toMatchObject({ name: 'InvalidInput' })
    await expect(closed.getText('a.txt')).rejects.toMatchObject({ name: 'InvalidInput' })
    await expect(closed.share('a.txt', session.info.publicKey)).rejects.toMatchObject({ name: 'InvalidInput' })
    expect(() => closed.sharingFingerprint).toThrow(expect.objectContaining({ name: 'InvalidInput' }))
    expect(await EncryptedStorage.open(session, FOLDER).getText('a.txt')).toBe('still here')
    session.grant?.encryptionKeys?.free()
    expect(() => EncryptedStorage.open(session, FOLDER)).toThrow(expect.objectContaining({ name: 'ClientStateError' }))
  })

  it('needs keys that cover it', async () => {
    const session = await newApp()
    expect(() => EncryptedStorage.open(session, '/pub/notes.example' as '/pub/')).toThrow(
      expect.objectContaining({ name: 'InvalidInput' }),
    )
    expect(() => EncryptedStorage.open(session, '/pub/other.example/')).toThrow(
      expect.objectContaining({ name: 'InvalidInput' }),
    )
    const bare = await (await signedUp(surroundings.place)).signin('bare.example')
    expect(() => EncryptedStorage.open(bare, FOLDER)).toThrow(expect.objectContaining({ name: 'ClientStateError' }))
  })
})

describe('sharing', () => {
  it('one file, with an app of another user', async () => {
    const [alice, bob] = [await newApp(), await newApp()]
    const [hers, his] = [EncryptedStorage.open(alice, FOLDER), EncryptedStorage.open(bob, FOLDER)]
    await hers.putText('shared.txt', 'for bob')
    await hers.putText('own.txt', 'not for bob')
    await his.enableSharing()
    expect(await hers.share('shared.txt', bob.info.publicKey)).toEqual({ app: true })
    const shared = await his.sharedBy(alice.info.publicKey)
    expect(shared.names).toEqual(['shared.txt'])
    expect(await shared.getText('shared.txt')).toBe('for bob')
    await expect(shared.getText('own.txt')).rejects.toMatchObject({ name: 'InvalidInput' })
    expect(await hers.sharingFingerprintOf(bob.info.publicKey)).toBe(his.sharingFingerprint)
    expect(await hers.list()).toEqual(['own.txt', 'shared.txt'])
  })

  it('a folder, with all that will be in it', async () => {
    const [alice, bob] = [await newApp(), await newApp()]
    const [hers, his] = [EncryptedStorage.open(alice, FOLDER), EncryptedStorage.open(bob, FOLDER)]
    await his.enableSharing()
    await hers.share('trip/', bob.info.publicKey)
    await hers.putText('trip/later.txt', 'written later')
    const shared = await his.sharedBy(alice.info.publicKey)
    expect(await shared.getText('trip/later.txt')).toBe('written later')
    await hers.unshare('trip/', bob.info.publicKey)
    expect((await his.sharedBy(alice.info.publicKey)).names).toEqual([])
  })

  it('with a pubky whose app knows nothing of it', async () => {
    const { Keypair } = await import('@pubky/sdk')
    const { place } = surroundings
    const alice = await newApp()
    const reader = Keypair.random()
    const hers = EncryptedStorage.open(alice, FOLDER)
    await hers.putText('a.txt', 'sealed to the identity')
    expect(await hers.share('', reader.publicKey)).toEqual({ app: false })
    const shared = await SharedStorage.open(place.pubky().client, alice.info.publicKey, FOLDER, reader)
    expect(shared.names).toEqual([''])
    expect(await shared.getText('a.txt')).toBe('sealed to the identity')
    const stranger = await SharedStorage.open(place.pubky().client, alice.info.publicKey, FOLDER, Keypair.random())
    expect(stranger.names).toEqual([])
  })

  it('never hands out the secret that opens what others share', async () => {
    const [alice, bob, carol] = [await newApp(), await newApp(), await newApp()]
    const [hers, his] = [EncryptedStorage.open(alice, FOLDER), EncryptedStorage.open(bob, FOLDER)]
    // Carol's app receives what is shared in her folder, so nobody may get the key of the whole.
    const carols = EncryptedStorage.open(carol, FOLDER)
    await carols.enableSharing()
    await hers.putText('for-carol.txt', 'not for Bob')
    await hers.share('for-carol.txt', carol.info.publicKey)
    await his.enableSharing()
    await carols.putText('a.txt', 'x')
    await expect(carols.share('', bob.info.publicKey)).rejects.toMatchObject({ name: 'ClientStateError' })
    await carols.share('trip/', bob.info.publicKey)
    // Nor of a folder around it, whatever else lies there.
    const carolsWhole = EncryptedStorage.open(carol, '/pub/notes.example/')
    await expect(carolsWhole.share('', bob.info.publicKey)).rejects.toMatchObject({ name: 'ClientStateError' })
    expect(await carols.list()).toEqual(['a.txt'])
    const around = EncryptedStorage.open(carol, '/pub/notes.example/')
    const secretOfSealed = 'sealed/.pubky-sharing/key'
    await expect(around.share(secretOfSealed, bob.info.publicKey)).rejects.toMatchObject({ name: 'InvalidInput' })
    // The other way round, also after the share is gone, and in folders below.
    await hers.share('', bob.info.publicKey)
    await hers.unshare('', bob.info.publicKey)
    await expect(hers.enableSharing()).rejects.toMatchObject({ name: 'ClientStateError' })
    const below = EncryptedStorage.open(alice, `${FOLDER}below/`)
    await expect(below.enableSharing()).rejects.toMatchObject({ name: 'ClientStateError' })
    expect(await hers.sharingFingerprintOf(alice.info.publicKey)).toBeUndefined()
  })

  it('is not for private folders', async () => {
    const session = await newApp()
    const notes = EncryptedStorage.open(session, '/priv/notes.example/')
    await expect(notes.share('a.txt', session.info.publicKey)).rejects.toMatchObject({ name: 'InvalidInput' })
  })
})
