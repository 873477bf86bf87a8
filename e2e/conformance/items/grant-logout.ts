import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Keypair } from '@pubky/crypto'
import { is } from '../harness/expect.ts'
import { exchange, postJson } from '../harness/http-target.ts'
import { type Item, item } from '../harness/item.ts'
import { grant, nowSeconds, pop } from '../harness/signing.ts'
import type { Target } from '../harness/target.ts'
import type { User } from '../harness/user.ts'

const ROUTE = '/auth/grant/session'
const USED = 'PoP nonce already used'

function signOut(t: Target, compactGrant: string, compactPop: string) {
  return postJson(t, ROUTE, { grant: compactGrant, pop: compactPop }, 'DELETE')
}

async function writes(t: Target, user: User, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await t.send(user.at('/pub/a'), { method: 'PUT', headers, body: 'x' })).status
}

/** Grants and capabilities (new in 0.17.1). */
export const grantLogout: Item[] = [
  item(253, 'sign-out by proof', async (t) => {
    const user = await t.newUser()
    const bearer = await user.bearer('/:rw')
    const proof = () => pop(bearer.grant, bearer.client, t.pubky)
    const first = proof()
    is(await signOut(t, bearer.grant, first), 200, '')
    is(await signOut(t, bearer.grant, proof()), 200, '')
    is(await signOut(t, bearer.grant, first), 401, USED)
    assert.equal(await writes(t, user, bearer.token), 401)
    is(await exchange(t, bearer.grant, proof()), 401, 'Grant has been revoked')
  }),
  item(254, 'an expired grant signs out', async (t) => {
    const user = await t.newUser()
    const client = Keypair.random()
    const compact = grant(user.keypair, client, '/:rw', { claims: { exp: nowSeconds() + 2 } })
    is(await exchange(t, compact, pop(compact, client, t.pubky)), 200)
    await sleep(2500)
    is(await exchange(t, compact, pop(compact, client, t.pubky)), 401, 'Invalid grant: grant has expired')
    is(await signOut(t, compact, pop(compact, client, t.pubky)), 200)
  }),
  item(255, 'a proof of another key', async (t) => {
    const user = await t.newUser()
    const bearer = await user.bearer('/:rw')
    is(await signOut(t, bearer.grant, pop(bearer.grant, Keypair.random(), t.pubky)), 401)
    assert.equal(await writes(t, user, bearer.token), 201)
  }),
  item(256, 'grants that are not stored, or of others', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    const client = Keypair.random()
    const unused = grant(user.keypair, client, '/:rw')
    is(await signOut(t, unused, pop(unused, client, t.pubky)), 404, 'Not Found')
    const theirs = await other.bearer('/:rw')
    const stolen = grant(user.keypair, client, '/:rw', { claims: { jti: theirs.grantId } })
    const text = 'Grant does not belong to authenticated user'
    is(await signOut(t, stolen, pop(stolen, client, t.pubky)), 403, text)
    assert.equal(await writes(t, other, theirs.token), 201)
  }),
  item(257, 'bodies that are not JSON', async (t) => {
    is(await t.send(ROUTE, { method: 'DELETE', headers: { 'content-type': 'text/plain' }, body: 'x' }), 415)
    is(await t.send(ROUTE, { method: 'DELETE', headers: { 'content-type': 'application/json' }, body: '' }), 400)
  }),
  item(258, 'a bearer does not outlive its grant', async (t) => {
    const user = await t.newUser()
    const client = Keypair.random()
    const compact = grant(user.keypair, client, '/:rw', { claims: { exp: nowSeconds() + 60 } })
    const answer = await exchange(t, compact, pop(compact, client, t.pubky))
    is(answer, 200)
    const { session } = JSON.parse(answer.text) as { session: Record<string, number> }
    assert.equal(session.token_expires_at, session.grant_expires_at)
  }),
  item(259, 'twenty exchanges at once', async (t) => {
    const user = await t.newUser()
    const client = Keypair.random()
    const compact = grant(user.keypair, client, '/:rw')
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => exchange(t, compact, pop(compact, client, t.pubky))),
    )
    let working = 0
    for (const answer of answers) {
      is(answer, 200)
      const { token } = JSON.parse(answer.text) as { token: string }
      if ((await writes(t, user, token)) === 201) working++
    }
    assert.equal(working, 1)
  }),
  item(260, 'exchange against sign-out', async (t) => {
    const user = await t.newUser()
    for (let round = 0; round < 5; round++) {
      const bearer = await user.bearer('/:rw')
      const proof = () => pop(bearer.grant, bearer.client, t.pubky)
      const [out, ...minted] = await Promise.all([
        signOut(t, bearer.grant, proof()),
        ...Array.from({ length: 4 }, () => exchange(t, bearer.grant, proof())),
      ])
      is(out, 200)
      for (const answer of minted) {
        if (answer.status === 200) {
          const { token } = JSON.parse(answer.text) as { token: string }
          assert.equal(await writes(t, user, token), 401, 'a bearer outlived the sign-out')
        } else is(answer, 401, 'Grant has been revoked')
      }
    }
  }),
  item(261, 'the action e opens no storage', async (t) => {
    const user = await t.newUser()
    const keys = await user.bearer('/priv/app/:e')
    const { headers } = keys
    is(await t.send(user.at('/priv/app/file'), { headers }), 403, 'Session does not have read access to path')
    const put = await t.send(user.at('/priv/app/file'), { method: 'PUT', headers, body: 'x' })
    is(put, 403, 'Session does not have write access to path')
    const root = await user.bearer('/:rwe')
    is(await t.send('/auth/grant/sessions', { headers: root.headers }), 200)
    const noRoot = await user.bearer('/:e')
    is(await t.send('/auth/grant/sessions', { headers: noRoot.headers }), 403)
  }),
]
