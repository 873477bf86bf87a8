import { expect, it } from 'vitest'
import { AuthFlowKind, Keypair, Pubky, PublicKey } from '../src/index.ts'
import { ScriptedNetwork } from './scripted-network.ts'

it('a record that cannot be read is never replaced by that of a sign-up', async () => {
  await using network = await ScriptedNetwork.start()
  const { user, relay } = network
  const homeserver = new PublicKey(network.homeserver.publicKey)
  const unreadable = new Uint8Array(100)
  network.packets.set(user.publicKey.z32(), unreadable)
  const pubky = network.pubky()
  const signer = pubky.signer(user)

  const flow = pubky.startCookieAuthFlow('/pub/app/:rw', AuthFlowKind.signup(homeserver), relay)
  await expect(signer.approveAuthRequest(flow.authorizationUrl)).rejects.toMatchObject({ name: 'PkarrError' })
  flow.free()
  expect(network.seen).toEqual([])

  network.script = () => ({ status: 409 })
  const refused = { data: { statusCode: 409 } }
  await expect(signer.signup(homeserver)).rejects.toMatchObject(refused)
  await expect(signer.signupCookie(homeserver)).rejects.toMatchObject(refused)
  expect(network.packets.get(user.publicKey.z32())).toBe(unreadable)
})

it('a homeserver given as text is refused with words that help', async () => {
  const signer = new Pubky().signer(Keypair.random())
  const text: unknown = Keypair.random().publicKey.z32()
  const refused = { name: 'InvalidInput', message: expect.stringContaining('PublicKey.from(text)') }
  await expect(signer.signup(text as PublicKey)).rejects.toMatchObject(refused)
  await expect(signer.signupCookie(text as PublicKey)).rejects.toMatchObject(refused)
})
