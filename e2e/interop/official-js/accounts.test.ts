import { createRecoveryFile, decryptRecoveryFile, Keypair as OurKeypair } from '@pubky/crypto'
import { Keypair, Session } from '@synonymdev/pubky'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSignupToken, expectStatus, type OfficialNetwork, officialNetwork } from './official.ts'

let network: OfficialNetwork
beforeAll(async () => {
  network = await officialNetwork()
})
afterAll(() => network[Symbol.asyncDispose]())

describe('sign-up', () => {
  it('without a token where sign-up is open', async () => {
    const { session, user } = await network.signUp()
    expect(session.info.publicKey.z32()).toBe(user)
    expect(session.info.capabilities).toEqual(['/:rw'])
  })

  it('with a token that an open homeserver ignores', async () => {
    const token = await createSignupToken(network.testnet)
    const signer = network.pubky.signer(Keypair.random())
    const session = await signer.signup(network.homeserver, token)
    expect(session.info.publicKey.z32()).toBe(signer.publicKey.z32())
  })

  it('the same user twice is refused', async () => {
    const { keypair } = await network.signUp()
    await expectStatus(network.signUp(keypair), 409, 'User already exists')
  })

  it('where a token is required: only with a good one, and only once', async () => {
    await using closed = await officialNetwork({ config: { general: { signup_mode: 'token_required' } } })
    const signUp = (token: string | null) => closed.pubky.signer(Keypair.random()).signup(closed.homeserver, token)
    await expectStatus(signUp(null), 400, 'Token required')
    await expectStatus(signUp('AAAA-BBBB-CCCC'), 401, 'Invalid token')
    const token = await createSignupToken(closed.testnet)
    const session = await signUp(token)
    await session.storage.putText('/pub/a', 'a')
    expect(await session.storage.getText('/pub/a')).toBe('a')
    await expectStatus(signUp(token), 401, 'Token already used')
  })
})

describe('sign-in and sign-out', () => {
  it('signs out, is refused, signs in again and goes on', async () => {
    const { keypair, session } = await network.signUp()
    await session.storage.putText('/pub/a.txt', 'first')
    await session.signout()
    await expectStatus(session.storage.putText('/pub/a.txt', 'refused'), 401)
    expect(session.info.publicKey.z32()).toBe(keypair.publicKey.z32())

    const again = await network.pubky.signer(keypair).signin()
    expect(await again.storage.getText('/pub/a.txt')).toBe('first')
    await again.storage.putText('/pub/a.txt', 'second')
    expect(await again.storage.getText('/pub/a.txt')).toBe('second')
  })

  it('signs in blocking', async () => {
    const { keypair, session } = await network.signUp()
    await session.signout()
    const again = await network.pubky.signer(keypair).signinBlocking()
    await again.storage.putText('/pub/a.txt', 'x')
  })

  it('who never signed up cannot sign in', async () => {
    await expect(network.pubky.signer(Keypair.random()).signin()).rejects.toThrow()
  })
})

describe('two users in one process', () => {
  it('their files and sessions stay apart', async () => {
    const [alice, bob] = [await network.signUp(), await network.signUp()]
    await Promise.all([
      alice.session.storage.putText('/pub/name', 'alice'),
      bob.session.storage.putText('/pub/name', 'bob'),
    ])
    expect(await alice.session.storage.getText('/pub/name')).toBe('alice')
    expect(await bob.session.storage.getText('/pub/name')).toBe('bob')
    expect(await network.pubky.publicStorage.getText(`pubky${alice.user}/pub/name`)).toBe('alice')

    await bob.session.signout()
    await expectStatus(bob.session.storage.putText('/pub/name', 'bob 2'), 401)
    await alice.session.storage.putText('/pub/name', 'alice 2')
    expect(await alice.session.storage.getText('/pub/name')).toBe('alice 2')
  })
})

describe('export and restore', () => {
  it('a restored session is the same one', async () => {
    const { session, user } = await network.signUp()
    const exported = session.export()
    const restored = await Session.restore(exported, network.pubky.client)
    expect(restored.info.publicKey.z32()).toBe(user)
    expect(restored.info.capabilities).toEqual(session.info.capabilities)
    await restored.storage.putText('/pub/restored', 'yes')
    expect(await session.storage.getText('/pub/restored')).toBe('yes')
    const again = await network.pubky.restoreSession(restored.export())
    expect(again.export()).toBe(restored.export())
  })

  it('what was signed out cannot be restored', async () => {
    const { session } = await network.signUp()
    const exported = session.export()
    await session.signout()
    await expect(network.pubky.restoreSession(exported)).rejects.toThrow()
  })
})

describe('recovery files', () => {
  it('written by the official SDK, read by ours', () => {
    const keypair = Keypair.random()
    const file = keypair.createRecoveryFile('correct horse')
    const read = decryptRecoveryFile(file, 'correct horse')
    expect(read.publicKey.z32()).toBe(keypair.publicKey.z32())
    expect(() => decryptRecoveryFile(file, 'wrong horse')).toThrow()
  })

  it('written by ours, read by the official SDK, and good for a sign-up', async () => {
    const keypair = OurKeypair.random()
    const file = createRecoveryFile(keypair, 'battery staple é')
    const read = Keypair.fromRecoveryFile(file, 'battery staple é')
    expect(read.publicKey.z32()).toBe(keypair.publicKey.z32())
    expect(() => Keypair.fromRecoveryFile(file, 'battery')).toThrow()
    const { session } = await network.signUp(read)
    expect(session.info.publicKey.z32()).toBe(keypair.publicKey.z32())
  })
})
