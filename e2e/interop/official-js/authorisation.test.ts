import { setTimeout as sleep } from 'node:timers/promises'
import { AuthFlow, AuthFlowKind, AuthToken, type Capabilities, Keypair } from '@synonymdev/pubky'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectStatus, type OfficialNetwork, officialNetwork } from './official.ts'

let network: OfficialNetwork
beforeAll(async () => {
  network = await officialNetwork()
})
afterAll(() => network[Symbol.asyncDispose]())

const relay = (door: 'link' | 'inbox') => `${network.testnet.httpRelay.url}/${door}/`

/** An app asks, the user's signer approves. */
async function authorise(keypair: Keypair, capabilities: Capabilities, door: 'link' | 'inbox' = 'link') {
  const flow = network.pubky.startAuthFlow(capabilities, AuthFlowKind.signin(), relay(door))
  const approving = network.pubky.signer(keypair).approveAuthRequest(flow.authorizationUrl)
  const session = await flow.awaitApproval()
  await approving
  return session
}

describe('a second app, through our HTTP relay', () => {
  it.each(['link', 'inbox'] as const)('gets what was asked for and nothing else (/%s)', async (door) => {
    const user = await network.signUp()
    await user.session.storage.putText('/pub/private-app/file', 'of another app')
    const app = await authorise(user.keypair, '/pub/my.app/:rw,/pub/shared/note.txt:r', door)
    expect(app.info.publicKey.z32()).toBe(user.user)
    expect(app.info.capabilities).toEqual(['/pub/my.app/:rw', '/pub/shared/note.txt:r'])

    await app.storage.putText('/pub/my.app/data', 'allowed')
    await app.storage.putText('/pub/my.app/deep/er', 'allowed')
    expect(await app.storage.getText('/pub/my.app/data')).toBe('allowed')
    await app.storage.delete('/pub/my.app/deep/er')

    const refusal = 'Session does not have write access to path'
    for (const path of [
      '/pub/my.apps/data',
      '/pub/my.app2',
      '/pub/shared/note.txt',
      '/pub/private-app/file',
      '/pub/x',
    ] as const) {
      await expectStatus(app.storage.putText(path, 'refused'), 403, refusal)
      await expectStatus(app.storage.delete(path), 403, refusal)
    }
    expect(await user.session.storage.getText('/pub/private-app/file')).toBe('of another app')
  })

  it('a path that climbs out of its scope stays refused', async () => {
    const user = await network.signUp()
    const app = await authorise(user.keypair, '/pub/my.app/:rw')
    await expect(app.storage.putText('/pub/my.app/../elsewhere', 'x')).rejects.toThrow()
    expect(await user.session.storage.exists('/pub/elsewhere')).toBe(false)
  })

  it('signs out alone: the user stays signed in', async () => {
    const user = await network.signUp()
    const exported = user.session.export()
    const app = await authorise(user.keypair, '/pub/my.app/:rw')
    expect(exported).not.toBe(app.export())
    await app.signout()
    await expectStatus(app.storage.putText('/pub/my.app/x', 'x'), 401)
  })

  it('the signer may be first', async () => {
    const user = await network.signUp()
    const flow = network.pubky.startAuthFlow('/pub/my.app/:rw', AuthFlowKind.signin(), relay('link'))
    await network.pubky.signer(user.keypair).approveAuthRequest(flow.authorizationUrl)
    expect((await flow.awaitApproval()).info.publicKey.z32()).toBe(user.user)
  })

  it('polling once finds nothing, and later the session', async () => {
    const user = await network.signUp()
    const flow = AuthFlow.start('/pub/my.app/:rw', AuthFlowKind.signin(), relay('link'))
    flow.free()
    const other = network.pubky.startAuthFlow('/pub/my.app/:rw', AuthFlowKind.signin(), relay('link'))
    expect(await other.tryPollOnce()).toBeUndefined()
    await network.pubky.signer(user.keypair).approveAuthRequest(other.authorizationUrl)
    let session = await other.tryPollOnce()
    while (session === undefined) {
      await sleep(20)
      session = await other.tryPollOnce()
    }
    expect(session.info.publicKey.z32()).toBe(user.user)
  })

  it('a token without a session proves who approved', async () => {
    const user = await network.signUp()
    const flow = network.pubky.startAuthFlow('', AuthFlowKind.signin(), relay('link'))
    await network.pubky.signer(user.keypair).approveAuthRequest(flow.authorizationUrl)
    const token = await flow.awaitToken()
    expect(token.publicKey.z32()).toBe(user.user)
    expect(AuthToken.verify(token.toBytes()).publicKey.z32()).toBe(user.user)
  })

  it('signs a new user up on the way', async () => {
    const keypair = Keypair.random()
    const kind = AuthFlowKind.signup(network.homeserver, null)
    const flow = network.pubky.startAuthFlow('/pub/my.app/:rw', kind, relay('link'))
    const signer = network.pubky.signer(keypair)
    await signer.signup(network.homeserver, null)
    await signer.approveAuthRequest(flow.authorizationUrl)
    const session = await flow.awaitApproval()
    expect(session.info.capabilities).toEqual(['/pub/my.app/:rw'])
    await session.storage.putText('/pub/my.app/x', 'x')
  })
})
