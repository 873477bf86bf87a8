import { describe, expect, it } from 'vitest'
import { AuthFlowKind, Keypair, Pubky, PublicKey, Signer, validateCapabilities } from '../src/index.ts'
import { withGrants } from './grant-script.ts'
import { ScriptedNetwork } from './scripted-network.ts'

/** What plain JavaScript passes when something was forgotten, or left as text. */
const nothing = undefined as never
const text = 'a text' as never
const caps = '/pub/app.example/:rw'
const pubky = Pubky.testnet()

const NO_TEXT = /^expected a string, got undefined$/
const NO_KIND = /^expected instance of AuthFlowKind: /
const NO_KEYPAIR = /^expected instance of Keypair: /
const NO_KEY = /^expected instance of PublicKey: /

describe('an argument that is missing, or of another type, is InvalidInput and says what is wanted', () => {
  it.each<[string, RegExp, () => unknown]>([
    ['PublicKey.from', NO_TEXT, () => PublicKey.from(nothing)],
    ['PublicKey.from of an object', /^expected a string, got object$/, () => PublicKey.from({} as never)],
    ['Keypair.fromSecret', /^Expected secret to be 32 bytes, got 0$/, () => Keypair.fromSecret(nothing)],
    ['validateCapabilities', NO_TEXT, () => validateCapabilities(nothing)],
    ['startAuthFlow without capabilities', NO_TEXT, () => pubky.startAuthFlow(nothing, AuthFlowKind.signin())],
    ['startAuthFlow without a kind', NO_KIND, () => pubky.startAuthFlow(caps, nothing)],
    ['startAuthFlow with a text as kind', NO_KIND, () => pubky.startAuthFlow(caps, text)],
    ['startGrantAuthFlow', NO_KIND, () => pubky.startGrantAuthFlow(caps, nothing, nothing)],
    ['AuthFlowKind.signup', NO_KEY, () => AuthFlowKind.signup(nothing)],
    ['signer', NO_KEYPAIR, () => pubky.signer(nothing)],
    ['signer of a text', NO_KEYPAIR, () => pubky.signer(text)],
    ['Signer.fromKeypair', NO_KEYPAIR, () => Signer.fromKeypair(nothing)],
    ['signup', NO_KEY, () => pubky.signer(Keypair.random()).signup(text)],
    ['getHomeserverOf', NO_KEY, () => pubky.getHomeserverOf(text)],
  ])('%s', async (_, message, call) => {
    await expect((async () => call())()).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringMatching(message),
    })
  })

  it('a path', async () => {
    await using network = await ScriptedNetwork.start()
    network.script = withGrants(network)
    const { storage } = await network.pubky().signer(network.user).signin('app.example')
    network.seen.length = 0
    for (const call of [() => storage.putText(nothing, 'x'), () => storage.list(nothing), () => storage.get(nothing)]) {
      await expect(call()).rejects.toMatchObject({ name: 'InvalidInput', message: expect.stringMatching(NO_TEXT) })
    }
    expect(network.seen).toEqual([])
  })
})

it('a grant flow without options misses its client id', async () => {
  await expect(pubky.startGrantAuthFlow(caps, AuthFlowKind.signin(), nothing)).rejects.toMatchObject({
    name: 'AuthenticationError',
    message: expect.stringContaining('ClientId must not be empty'),
  })
})

it('an address that is none says what one looks like', async () => {
  await expect(pubky.publicStorage.getText(nothing)).rejects.toMatchObject({
    name: 'RequestError',
    message: expect.stringContaining('expected `pubky<user>/<path>`'),
  })
})
