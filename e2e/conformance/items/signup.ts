import assert from 'node:assert/strict'
import { Keypair } from '@pubky/crypto'
import { hasHeader, includesHeader, is } from '../harness/expect.ts'
import { cookieOf } from '../harness/http-target.ts'
import { type Item, item } from '../harness/item.ts'
import { authToken } from '../harness/signing.ts'
import type { Target } from '../harness/target.ts'

const TOKEN_MODE = { general: { signup_mode: 'token_required' } }

function signUp(t: Target, keypair: Keypair, query = '', headers: Record<string, string> = {}) {
  return t.send(`/signup${query}`, { method: 'POST', headers, body: authToken(keypair) })
}

async function newToken(t: Target): Promise<string> {
  const answer = await t.sendAdmin('/generate_signup_token')
  is(answer, 200)
  return answer.text
}

/** Signup and sessions. */
export const signup: Item[] = [
  item(115, 'sign-up answers a session record and a cookie', async (t) => {
    const keypair = Keypair.random()
    const answer = await signUp(t, keypair)
    is(answer, 200)
    hasHeader(answer, 'content-type', 'application/octet-stream')
    assert.equal(answer.body[0], 0)
    assert.ok(answer.body.subarray(1, 33).equals(keypair.publicKey.bytes))
    assert.ok(answer.body.subarray(-6).equals(Buffer.from('\x01\x04/:rw', 'latin1')))
    const [cookie] = answer.headers['set-cookie'] ?? []
    assert.match(cookie ?? '', new RegExp(`^${keypair.publicKey.z32()}=[0-9A-HJKMNP-TV-Z]{26}; `))
  }),
  item(116, 'a token counts once', async (t) => {
    const token = authToken(Keypair.random())
    is(await t.send('/signup', { method: 'POST', body: token }), 200)
    is(await t.send('/session', { method: 'POST', body: token }), 400, 'AuthToken already used')
    is(await t.send('/signup', { method: 'POST', body: token }), 400, 'AuthToken already used')
  }),
  item(117, 'tokens live for 180 seconds', async (t) => {
    const user = await t.newUser()
    const post = (skew: number) => t.send('/session', { method: 'POST', body: authToken(user.keypair, skew) })
    is(await post(190_000), 400, 'AuthToken has a timestamp that is more than 3 minutes in the future')
    is(await post(-190_000), 400, 'AuthToken has a timestamp that is more than 3 minutes in the past')
    is(await post(175_000), 200)
    is(await post(-175_000), 200)
  }),
  item(118, 'an unknown version', async (t) => {
    const token = authToken(Keypair.random())
    token[74] = 1
    is(await t.send('/signup', { method: 'POST', body: token }), 400, 'Unknown version')
  }),
  item(119, 'ten bytes', async (t) => {
    const answer = await t.send('/signup', { method: 'POST', body: new Uint8Array(10) })
    is(answer, 400, 'Hit the end of buffer, expected more data')
  }),
  item(120, 'a key signs up once', async (t) => {
    const user = await t.newUser()
    is(await signUp(t, user.keypair), 409, 'User already exists')
  }),
  item(121, 'sign-in without account', async (t) =>
    is(await t.send('/session', { method: 'POST', body: authToken(Keypair.random()) }), 404, 'Not Found'),
  ),
  item(122, 'GET /session', async (t) => {
    const user = await t.newUser()
    const answer = await t.send('/session', { headers: { ...user.headers, 'pubky-host': user.z32 } })
    is(answer, 200)
    assert.ok(answer.body.subarray(1, 33).equals(user.keypair.publicKey.bytes))
    is(await t.send('/session', { headers: { 'pubky-host': user.z32 } }), 401, 'No authenticated session found')
  }),
  item(123, 'two users in one browser', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    const cookie = `${user.headers.cookie}; ${other.headers.cookie}`
    for (const one of [user, other]) {
      const answer = await t.send('/session', { headers: { cookie, 'pubky-host': one.z32 } })
      is(answer, 200)
      assert.ok(answer.body.subarray(1, 33).equals(one.keypair.publicKey.bytes))
      is(await t.send(one.at('/pub/a'), { method: 'PUT', headers: { cookie }, body: 'x' }), 201)
    }
  }),
  item(124, 'a cookie under the name of another user', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    const cookie = user.headers.cookie!.replace(user.z32, other.z32)
    is(await t.send('/session', { headers: { cookie, 'pubky-host': other.z32 } }), 401)
  }),
  item(125, 'sign-out, twice, and without tenant', async (t) => {
    const user = await t.newUser()
    const headers = { ...user.headers, 'pubky-host': user.z32 }
    for (let round = 0; round < 2; round++) {
      const answer = await t.send('/session', { method: 'DELETE', headers })
      is(answer, 200, '')
      assert.match(answer.headers['set-cookie']?.[0] ?? '', new RegExp(`^${user.z32}=; .*Max-Age=0`))
    }
    is(await t.send('/session', { headers }), 401)
    is(await t.send('/session', { method: 'DELETE', headers: user.headers }), 400, 'Missing request tenant')
  }),
  item(126, 'Secure and SameSite depend on the host', async (t) => {
    const attributes = async (host: string) =>
      (await signUp(t, Keypair.random(), '', { host })).headers['set-cookie']?.[0] ?? ''
    assert.match(await attributes('example.com'), /; SameSite=None; Secure;/)
    for (const host of ['localhost:23423', '127.0.0.1', 'homeserver']) {
      assert.doesNotMatch(await attributes(host), /Secure|SameSite/)
    }
  }),
  item(
    127,
    'sign-up by token',
    async (t) => {
      is(await signUp(t, Keypair.random()), 400, 'Token required')
      is(await signUp(t, Keypair.random(), '?signup_token=AAAA-BBBB-CCCC'), 401, 'Invalid token')
      const token = await newToken(t)
      is(await signUp(t, Keypair.random(), `?signup_token=${token}`), 200)
      is(await signUp(t, Keypair.random(), `?signup_token=${token}`), 401, 'Token already used')
    },
    { config: TOKEN_MODE, needs: ['admin'] },
  ),
  item(
    128,
    'state of a token',
    async (t) => {
      is(await t.send('/signup_tokens/invalid'), 400)
      is(await t.send('/signup_tokens/AAAA-BBBB-CCCC'), 404)
      const token = await newToken(t)
      const state = async () => {
        const answer = await t.send(`/signup_tokens/${token}`)
        is(answer, 200)
        hasHeader(answer, 'cache-control', 'no-store')
        includesHeader(answer, 'content-type', 'application/json')
        return JSON.parse(answer.text) as { status: string; created_at: string }
      }
      const fresh = await state()
      assert.equal(fresh.status, 'valid')
      assert.match(fresh.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/)
      is(await signUp(t, Keypair.random(), `?signup_token=${token}`), 200)
      assert.equal((await state()).status, 'used')
    },
    { config: TOKEN_MODE, needs: ['admin'] },
  ),
  item(129, 'tokens in open mode', async (t) =>
    is(await t.send('/signup_tokens/AAAA-BBBB-CCCC'), 400, 'Signup tokens not required'),
  ),
]

/** Signs up behind a given `Host` and gives the cookie's attributes. */
export async function cookieAttributes(t: Target, headers: Record<string, string>): Promise<string> {
  const answer = await signUp(t, Keypair.random(), '', headers)
  is(answer, 200)
  assert.ok(cookieOf(answer))
  return answer.headers['set-cookie']?.[0] ?? ''
}
