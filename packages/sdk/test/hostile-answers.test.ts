import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EncryptedStorage, ScopedEncryptionKeys } from '../src/index.ts'
import { withGrants } from './grant-script.ts'
import { ScriptedNetwork } from './scripted-network.ts'

/** 100 MB that take little to send. */
const BOMB = gzipSync(Buffer.alloc(100_000_000, ' '))

let network: ScriptedNetwork

beforeEach(async () => {
  network = await ScriptedNetwork.start()
})

afterEach(async () => {
  await network[Symbol.asyncDispose]()
})

const bomb = () => ({ headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' }, body: BOMB })
const tooLong = { name: 'RequestError', message: expect.stringContaining('exceeds 16777216 bytes') }

it('answers of endless length are not read to their end', async () => {
  network.script = bomb
  const { user } = network
  const pubky = network.pubky()
  const signer = pubky.signer(user)
  await expect(signer.signin('app.example')).rejects.toMatchObject(tooLong)
  await expect(signer.signinCookie()).rejects.toMatchObject(tooLong)
  const folder = `pubky${user.publicKey.z32()}/pub/` as const
  await expect(pubky.publicStorage.list(folder)).rejects.toMatchObject(tooLong)
})

it('a listing with a long run of spaces costs no time', async () => {
  const folder = `pubky${network.user.publicKey.z32()}/pub/` as const
  const line = `pubky://${network.user.publicKey.z32()}/pub/a${' '.repeat(300_000)}b`
  network.script = () => ({ body: ` \t${line}\r\n` })
  const error: unknown = await network
    .pubky()
    .publicStorage.list(folder)
    .catch((cause: unknown) => cause)
  expect(error).toMatchObject({ name: 'RequestError' })
})

it('what others share is not read when it is longer than it can be', async () => {
  const folder = '/pub/notes.example/'
  let key = JSON.stringify({ version: 'pubky-sdk-sharing-v1', key: 'A'.repeat(43) })
  network.script = withGrants(network, () => ({ body: key }))
  const session = await network.pubky().signer(network.user).signin('app.example')
  const storage = EncryptedStorage.open(session, folder, ScopedEncryptionKeys.fromKeypair(network.user, [folder]))
  expect(await storage.sharingFingerprintOf(network.user.publicKey)).toHaveLength(16)
  key = key.padEnd(65_537)
  expect(await storage.sharingFingerprintOf(network.user.publicKey)).toBeUndefined()
})
