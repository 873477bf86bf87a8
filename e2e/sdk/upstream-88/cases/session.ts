import { AuthFlowKind, type Capabilities, GrantManager, Keypair, type Pubky, type Session } from '@pubky/sdk'
import { type Case, type Surroundings, signedUp } from './case.ts'
import { contains, equal, fails, ok } from './check.ts'

async function cookieUser(place: Surroundings, pubky: Pubky): Promise<Session> {
  return await pubky.signer(Keypair.random()).signupCookie(place.homeserver, await place.createSignupToken())
}

/** A raw write in the old form, which only a cookie can authorise. */
async function rawPut(pubky: Pubky, session: Session, path: string): Promise<number> {
  const url = `https://_pubky.${session.info.publicKey.z32()}${path}`
  const response = await pubky.client.fetch(url, { method: 'PUT', body: 'raw', credentials: 'include' })
  return response.status
}

async function grantSession(place: Surroundings, capabilities: Capabilities): Promise<Session> {
  const pubky = place.pubky()
  const signer = await signedUp(place, pubky)
  const options = { clientId: 'session.example', relay: place.relay }
  const flow = await pubky.startGrantAuthFlow(capabilities, AuthFlowKind.signin(), options)
  await signer.approveAuthRequest(flow.authorizationUrl)
  return await flow.awaitApproval()
}

export const session: readonly Case[] = [
  {
    number: '8.10.1',
    title: 'cookie export and restore',
    async run(place) {
      const pubky = place.pubky()
      const first = await cookieUser(place, pubky)
      const restored = await pubky.restoreSession(first.export())
      equal(restored.info.publicKey.z32(), first.info.publicKey.z32())
      await restored.storage.putText('/pub/restored.txt', 'restored')
      const url = `https://_pubky.${first.info.publicKey.z32()}/pub/restored.txt`
      equal(await (await pubky.client.fetch(url)).text(), 'restored')
    },
  },
  {
    number: '8.10.2',
    title: 'cookie secret',
    needs: 'node',
    async run(place) {
      const first = await cookieUser(place, place.pubky())
      const secret = await first.cookie!.exportSecret()
      contains(secret, ':')
      const restored = await place.pubky().restoreSession(secret)
      await restored.storage.putText('/pub/secret.txt', 'kept')
      equal(await restored.storage.getText('/pub/secret.txt'), 'kept')
    },
  },
  {
    number: '8.10.3',
    title: 'grant view',
    async run(place) {
      const pubky = place.pubky()
      const signer = await signedUp(place, pubky)
      const first = await signer.signin('session.example')
      const info = await first.grant!.sessionInfo()
      equal(info.publicKey.z32(), signer.publicKey.z32())
      equal(info.homeserver.z32(), place.homeserver.z32())
      equal([info.clientId, info.capabilities], ['session.example', ['/:rw']])
      equal(info.grantId, await first.grant!.grantId())
      ok(info.tokenExpiresAt > 0 && info.grantExpiresAt > 0 && info.createdAt > 0, 'times')
      const secret = await first.grant!.exportLocalSecret()
      const restored = await pubky.restoreSession(secret)
      const manager = new GrantManager(restored)
      ok(
        (await manager.list()).some(({ grantId }) => grantId === info.grantId),
        'the grant in the list',
      )
      await manager.revoke(info.grantId)
      await fails(() => pubky.restoreSession(secret), { name: ['RequestError', 'AuthenticationError'] })
    },
  },
  {
    number: '8.10.4',
    title: 'cookie view',
    async run(place) {
      const first = await cookieUser(place, place.pubky())
      ok(first.cookie, 'a cookie view')
      equal(first.grant, undefined)
      equal(first.export(), first.cookie.export())
    },
  },
  {
    number: '8.10.5',
    title: 'grants need root',
    async run(place) {
      const manager = new GrantManager(await grantSession(place, '/pub/app/:rw'))
      await fails(() => manager.list(), { name: 'RequestError', statusCode: 403 })
      await fails(() => manager.revoke('AAAAAAAAAAAAAAAAAAAAAA'), { name: 'RequestError', statusCode: 403 })
    },
  },
  {
    number: '8.10.6',
    title: 'empty grant id',
    async run(place) {
      const manager = new GrantManager(await (await signedUp(place)).signin('session.example'))
      await fails(() => manager.revoke(''), { name: 'InvalidInput' })
    },
  },
  {
    number: '8.10.7',
    title: 'exportLocalSecret restores with a fresh bearer',
    async run(place) {
      const first = await (await signedUp(place)).signin('session.example')
      const restored = await place.pubky().restoreSession(await first.exportLocalSecret())
      await restored.storage.putText('/pub/fresh.txt', 'fresh')
      equal(await restored.storage.getText('/pub/fresh.txt'), 'fresh')
    },
  },
  {
    number: '8.10.8',
    title: 'basic',
    async run(place) {
      const pubky = place.pubky()
      const signer = pubky.signer(Keypair.random())
      const first = await signer.signupCookie(place.homeserver, await place.createSignupToken())
      await first.storage.putText('/pub/a.txt', 'a')
      await first.signout()
      equal(first.info.publicKey.z32(), signer.publicKey.z32())
      await first.signout()
      equal(await rawPut(pubky, first, '/pub/a.txt'), 401)
      const second = await signer.signinCookie()
      await second.storage.putText('/pub/a.txt', 'b')
      equal(await second.storage.getText('/pub/a.txt'), 'b')
    },
  },
  {
    number: '8.10.9',
    title: 'multi-user cookies',
    async run(place) {
      const pubky = place.pubky()
      const alice = await cookieUser(place, pubky)
      const bob = await cookieUser(place, pubky)
      for (const user of [alice, bob]) equal(await rawPut(pubky, user, '/pub/raw.txt'), 201)
      await bob.signout()
      equal([await rawPut(pubky, alice, '/pub/raw.txt'), await rawPut(pubky, bob, '/pub/raw.txt')], [201, 401])
    },
  },
  {
    number: '8.10.10',
    title: 'host isolation',
    async run(place) {
      const pubky = place.pubky()
      const alice = await cookieUser(place, pubky)
      const bob = await cookieUser(place, pubky)
      await alice.storage.putText('/pub/own.txt', 'alice')
      equal(await rawPut(pubky, bob, '/pub/raw.txt'), 201)
      await bob.storage.putText('/pub/own.txt', 'bob')
      equal(await rawPut(pubky, alice, '/pub/raw.txt'), 201)
      await cookieUser(place, pubky)
      await alice.storage.putText('/pub/later.txt', 'alice')
      equal(await alice.storage.getText('/pub/own.txt'), 'alice')
      equal(await bob.storage.getText('/pub/own.txt'), 'bob')
      equal(await bob.storage.exists('/pub/later.txt'), false)
    },
  },
  {
    number: '8.10.11',
    title: 'loops',
    async run(place) {
      const pubky = place.pubky()
      for (let i = 0; i < 3; i++) {
        const user = await cookieUser(place, pubky)
        await user.storage.putText('/pub/a.txt', String(i))
        await user.signout()
        equal(await rawPut(pubky, user, '/pub/a.txt'), 401)
        await fails(() => user.storage.putText('/pub/a.txt', 'stale'), { name: 'RequestError' })
      }
    },
  },
  {
    number: '8.10.12',
    title: 'sign-out removes cookies',
    async run(place) {
      const pubky = place.pubky()
      const users = [await cookieUser(place, pubky), await cookieUser(place, pubky)]
      for (const user of users) await user.signout()
      for (const user of users) {
        equal(await rawPut(pubky, user, '/pub/a.txt'), 401)
        await fails(() => pubky.restoreSession(user.export()), { name: 'AuthenticationError' })
      }
    },
  },
]
