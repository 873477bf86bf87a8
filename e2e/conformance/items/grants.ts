import assert from 'node:assert/strict'
import { Keypair } from '@pubky/crypto'
import { is } from '../harness/expect.ts'
import { exchange, postJson } from '../harness/http-target.ts'
import { type Item, item } from '../harness/item.ts'
import { grant, grantId, nowSeconds, pop } from '../harness/signing.ts'
import type { Target } from '../harness/target.ts'

const USED = 'PoP nonce already used'

function signUp(t: Target, compactGrant: string, compactPop: string) {
  return postJson(t, '/auth/grant/signup', { grant: compactGrant, pop: compactPop })
}

function signupGrant(user: Keypair, client: Keypair, claims: Record<string, unknown> = {}): string {
  const standard = { client_id: 'pubky.signup', exp: nowSeconds() + 300 }
  return grant(user, client, '/:rw', { claims: { ...standard, ...claims } })
}

interface ListedGrant {
  readonly grant_id: string
  readonly client_id: string
  readonly capabilities: string
}

async function grantsOf(t: Target, headers: Readonly<Record<string, string>>): Promise<ListedGrant[]> {
  const answer = await t.send('/auth/grant/sessions', { headers })
  is(answer, 200)
  return JSON.parse(answer.text) as ListedGrant[]
}

/** Grants. */
export const grants: Item[] = [
  item(130, 'sign-up, bearer, write', async (t) => {
    const [user, client] = [Keypair.random(), Keypair.random()]
    const first = signupGrant(user, client)
    is(await signUp(t, first, pop(first, client, t.pubky)), 204, '')
    const compact = grant(user, client, '/:rw')
    const answer = await exchange(t, compact, pop(compact, client, t.pubky))
    is(answer, 200)
    const { token } = JSON.parse(answer.text) as { token: string }
    assert.match(token, /^[A-Za-z0-9_-]{43}$/)
    const headers = { authorization: `Bearer ${token}` }
    is(await t.send(`/storage/${user.publicKey.z32()}/pub/a`, { method: 'PUT', headers, body: 'x' }), 201)
  }),
  item(131, 'a grant of nobody', async (t) => {
    const [user, client] = [Keypair.random(), Keypair.random()]
    const compact = grant(user, client, '/:rw')
    is(await exchange(t, compact, pop(compact, client, t.pubky)), 404, 'Not Found')
  }),
  item(132, 'a nonce counts once', async (t) => {
    const user = await t.newUser()
    const client = Keypair.random()
    const compact = grant(user.keypair, client, '/:rw')
    const proof = pop(compact, client, t.pubky)
    is(await exchange(t, compact, proof), 200)
    is(await exchange(t, compact, proof), 401, USED)
  }),
  item(133, 'what a proof must say', async (t) => {
    const user = await t.newUser()
    const client = Keypair.random()
    const compact = grant(user.keypair, client, '/:rw')
    const other = Keypair.random()
    const cases: [string, string][] = [
      [pop(compact, client, other.publicKey.z32()), 'Invalid PoP proof: PoP audience mismatch'],
      [pop(compact, client, t.pubky, { claims: { gid: 'other' } }), 'Invalid PoP proof: PoP grant ID mismatch'],
      [
        pop(compact, client, t.pubky, { claims: { iat: nowSeconds() - 200 } }),
        'Invalid PoP proof: PoP timestamp out of range',
      ],
      [
        pop(compact, client, t.pubky, { header: { typ: 'JWT' } }),
        'Invalid PoP proof: invalid PoP header type, expected pubky-pop',
      ],
      [pop(compact, other, t.pubky), 'Invalid PoP proof: invalid PoP signature'],
    ]
    for (const [proof, text] of cases) is(await exchange(t, compact, proof), 401, text)
  }),
  item(134, 'what a grant must be', async (t) => {
    const user = await t.newUser()
    const client = Keypair.random()
    const attempt = (compact: string) => exchange(t, compact, pop(compact, client, t.pubky))
    const forged = grant(user.keypair, client, '/:rw', { signer: Keypair.random() })
    is(await attempt(forged), 401, 'Invalid grant: invalid grant signature')
    const typed = grant(user.keypair, client, '/:rw', { header: { typ: 'JWT' } })
    is(await attempt(typed), 400, 'Invalid grant: invalid grant header type, expected pubky-grant')
    const expired = grant(user.keypair, client, '/:rw', { claims: { exp: nowSeconds() - 1 } })
    is(await attempt(expired), 401, 'Invalid grant: grant has expired')
  }),
  item(135, 'what a sign-up grant must be', async (t) => {
    const client = Keypair.random()
    const attempt = (claims: Record<string, unknown>) => {
      const compact = signupGrant(Keypair.random(), client, claims)
      return signUp(t, compact, pop(compact, client, t.pubky))
    }
    is(await attempt({ client_id: 'test.app' }), 400, 'signup grants must use client_id pubky.signup')
    is(await attempt({ exp: nowSeconds() + 301 }), 400, 'signup grant lifetime exceeds 5 minutes')
    is(await attempt({ caps: ['/pub/:rw'] }), 403, 'Root capability required')
  }),
  item(136, 'minting again replaces the bearer', async (t) => {
    const user = await t.newUser()
    const first = await user.bearer('/:rw')
    const again = await exchange(t, first.grant, pop(first.grant, first.client, t.pubky))
    is(again, 200)
    const { token } = JSON.parse(again.text) as { token: string }
    const headers = { authorization: `Bearer ${token}` }
    is(await t.send(user.at('/pub/a'), { method: 'PUT', headers, body: 'x' }), 201)
    is(await t.send(user.at('/pub/a'), { method: 'PUT', headers: first.headers, body: 'x' }), 401)
  }),
  item(137, 'sign-out revokes the grant', async (t) => {
    const user = await t.newUser()
    const bearer = await user.bearer('/:rw')
    for (let round = 0; round < 2; round++) {
      is(await t.send('/auth/grant/session', { method: 'DELETE', headers: bearer.headers }), 200, '')
    }
    is(await t.send(user.at('/pub/a'), { method: 'PUT', headers: bearer.headers, body: 'x' }), 401)
    const again = await exchange(t, bearer.grant, pop(bearer.grant, bearer.client, t.pubky))
    is(again, 401, 'Grant has been revoked')
  }),
  item(138, 'signing out one app leaves the other', async (t) => {
    const user = await t.newUser()
    const [appA, appB] = [await user.bearer('/:rw'), await user.bearer('/:rw')]
    is(await t.send('/auth/grant/session', { method: 'DELETE', headers: appB.headers }), 200)
    is(await t.send(user.at('/pub/a'), { method: 'PUT', headers: appA.headers, body: 'x' }), 201)
    const ids = (await grantsOf(t, appA.headers)).map((entry) => entry.grant_id)
    assert.deepEqual(ids, [appA.grantId])
  }),
  item(139, 'a scoped session manages no grants', async (t) => {
    const user = await t.newUser()
    const { headers, grantId: id } = await user.bearer('/pub/app/:rw')
    is(await t.send('/auth/grant/sessions', { headers }), 403, 'Root capability required')
    is(await t.send(`/auth/grant/session/${id}`, { method: 'DELETE', headers }), 403, 'Root capability required')
  }),
  item(140, 'root lists and revokes', async (t) => {
    const user = await t.newUser()
    const scoped = await user.bearer('/pub/app/:rw')
    const [entry] = await grantsOf(t, { ...user.headers, 'pubky-host': user.z32 })
    assert.equal(entry?.grant_id, scoped.grantId)
    assert.equal(entry?.client_id, 'app.example')
    assert.equal(entry?.capabilities, '/pub/app/:rw')
    const headers = { ...user.headers, 'pubky-host': user.z32 }
    is(await t.send(`/auth/grant/session/${scoped.grantId}`, { method: 'DELETE', headers }), 200, '')
    is(await t.send(user.at('/pub/app/a'), { method: 'PUT', headers: scoped.headers, body: 'x' }), 401)
  }),
  item(141, 'grants of others, of nobody, and no ids', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    const theirs = await other.bearer('/:rw')
    const { headers } = await user.bearer('/:rw')
    const revoke = (id: string) => t.send(`/auth/grant/session/${id}`, { method: 'DELETE', headers })
    is(await revoke(theirs.grantId), 403, 'Grant does not belong to authenticated user')
    is(await revoke('AAAAAAAAAAAAAAAAAAAAAA'), 404, 'Not Found')
    is(await revoke('a%2Fb'), 400, 'Invalid grant ID format')
    is(await t.send('/auth/grant/session', { headers: theirs.headers }), 200)
  }),
  item(142, 'bodies that are not JSON', async (t) => {
    const post = (headers: Record<string, string>, body: string) =>
      t.send('/auth/grant/session', { method: 'POST', headers, body })
    const json = { 'content-type': 'application/json' }
    is(await post({}, '{}'), 415, 'Expected request with `Content-Type: application/json`')
    const broken = await post(json, '{')
    is(broken, 400)
    assert.ok(broken.text.startsWith('Failed to parse the request body as JSON: '))
    const short = await post(json, JSON.stringify({ grant: 'a.b', pop: 'a.b.c' }))
    is(short, 422)
    assert.ok(short.text.includes('JWS Compact Serialization must have exactly 3 dot-separated parts'))
  }),
  item(
    143,
    'a grant id cannot be taken over',
    async (t) => {
      const [victim, thief] = [await t.newUser(), await t.newUser()]
      const theirs = await victim.bearer('/:rw')
      const client = Keypair.random()
      const claims = { jti: theirs.grantId }
      const stolen = grant(thief.keypair, client, '/:rw', { claims })
      assert.equal(grantId(stolen), theirs.grantId)
      is(await exchange(t, stolen, pop(stolen, client, t.pubky)), 401)
      is(await t.send(victim.at('/pub/a'), { method: 'PUT', headers: theirs.headers, body: 'x' }), 201)
      // The same user with other capabilities is no better.
      const wider = grant(victim.keypair, theirs.client, '/pub/:r', { claims })
      is(await exchange(t, wider, pop(wider, theirs.client, t.pubky)), 401)
    },
    { better: true },
  ),
  item(144, 'each kind of session has its own route', async (t) => {
    const user = await t.newUser()
    const { headers } = await user.bearer('/:rw')
    is(await t.send('/session', { headers: { ...headers, 'pubky-host': user.z32 } }), 401, 'Unauthorized')
    const cookie = { ...user.headers, 'pubky-host': user.z32 }
    is(await t.send('/auth/grant/session', { headers: cookie }), 401, 'Unauthorized')
  }),
]
