import assert from 'node:assert/strict'
import { OpenStream } from '../harness/events.ts'
import { eventually, includesHeader, is } from '../harness/expect.ts'
import { send } from '../harness/http.ts'
import { type Item, item } from '../harness/item.ts'
import { authToken } from '../harness/signing.ts'
import type { Target } from '../harness/target.ts'
import type { User } from '../harness/user.ts'

const LIMITED = 'Rate limit exceeded'

function limits(...entries: readonly Record<string, unknown>[]) {
  return { config: { drive: { rate_limits: entries } } }
}

function signIn(t: Target, user: User) {
  return t.send('/session', { method: 'POST', body: authToken(user.keypair) })
}

async function metric(t: Target, name: string): Promise<string[]> {
  const { text } = await send(t.metrics!, '/metrics')
  return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
}

const value = (line: string | undefined) => Number(line?.slice(line.lastIndexOf(' ') + 1))

/** Limits and metrics. */
export const rateLimits: Item[] = [
  item(
    181,
    'limits by IP and by user',
    async (t) => {
      const user = await t.newUser()
      is(await signIn(t, user), 200)
      is(await signIn(t, user), 429, LIMITED)
      const headers = { ...user.headers, 'pubky-host': user.z32 }
      is(await t.send('/session', { headers }), 200)
      is(await t.send('/session', { headers }), 429, LIMITED)
      await t.newUser()
    },
    limits(
      { path: '/session', method: 'POST', quota: '1r/m', key: 'ip' },
      { path: '/session', method: 'GET', quota: '1r/m', key: 'user' },
    ),
  ),
  item(
    182,
    'a whitelisted address',
    async (t) => {
      const user = await t.newUser()
      for (let round = 0; round < 3; round++) is(await signIn(t, user), 200)
    },
    limits({ path: '/session', method: 'POST', quota: '1r/m', key: 'ip', whitelist: ['127.0.0.1', '::1'] }),
  ),
  item(
    183,
    'GET /events/',
    async (t) => {
      is(await t.send('/events/'), 200)
      is(await t.send('/events/'), 429, LIMITED)
    },
    limits({ path: '/events/', method: 'GET', quota: '1r/m', key: 'ip' }),
  ),
  item(
    184,
    'GET /signup_tokens/*',
    async (t) => {
      const token = (await t.sendAdmin('/generate_signup_token')).text
      is(await t.send(`/signup_tokens/${token}`), 200)
      is(await t.send(`/signup_tokens/${token}`), 429, LIMITED)
    },
    {
      config: {
        general: { signup_mode: 'token_required' },
        drive: { rate_limits: [{ path: '/signup_tokens/*', method: 'GET', quota: '1r/m', key: 'ip' }] },
      },
      needs: ['admin'],
    },
  ),
  item(
    185,
    'Retry-After, readable across origins',
    async (t) => {
      const headers = { origin: 'https://app.example' }
      is(await t.send('/events/', { headers }), 200)
      const answer = await t.send('/events/', { headers })
      is(answer, 429)
      const seconds = Number(answer.headers['retry-after'])
      assert.ok(seconds >= 1 && seconds <= 60)
      includesHeader(answer, 'access-control-expose-headers', 'retry-after')
    },
    limits({ path: '/events/', method: 'GET', quota: '1r/m', key: 'ip' }),
  ),
  item(
    186,
    'a user limit counts the owner in the path',
    async (t) => {
      const [user, other] = [await t.newUser(), await t.newUser()]
      await user.store('/pub/file.txt')
      const read = (header: string) => user.read('/pub/file.txt', { headers: { 'pubky-host': header } })
      is(await read(other.z32), 200)
      is(await read(user.z32), 429, LIMITED)
      await other.store('/pub/file.txt')
      is(await other.read('/pub/file.txt'), 200)
    },
    limits({ path: '/pub/*', method: 'GET', quota: '1r/m', key: 'user' }),
  ),
  item(
    187,
    'a user limit without tenant',
    async (t) => is(await t.send('/session', { method: 'POST' }), 400, 'Failed to extract user for rate limiting'),
    limits({ path: '/session', method: 'POST', quota: '1r/m', key: 'user' }),
  ),
  item(
    188,
    'a write rate',
    async (t) => {
      const users = await Promise.all(Array.from({ length: 10 }, () => t.newUser()))
      const started = Date.now()
      const body = new Uint8Array(3 * 1024)
      for (const answer of await Promise.all(users.map((user) => user.put('/pub/slow', body)))) is(answer, 201)
      assert.ok(Date.now() - started > 1500, 'the rate was not applied')
      assert.ok(Date.now() - started < 15_000, 'users wait for each other')
    },
    { config: { default_quotas: { rate_write: '1kb/s' } } },
  ),
  item(
    189,
    'a read rate for the unauthenticated',
    async (t) => {
      const user = await t.newUser()
      await user.store('/pub/big', new Uint8Array(3 * 1024))
      const patch = { rate_read: '100mb/s' }
      const headers = { 'content-type': 'application/json' }
      const path = `/users/${user.z32}/quota`
      is(await t.sendAdmin(path, { method: 'PATCH', headers, body: JSON.stringify(patch) }), 200)
      const started = Date.now()
      const anonymous = Promise.all([user.read('/pub/big'), user.read('/pub/big')])
      for (let round = 0; round < 3; round++) is(await user.send('/pub/big'), 200)
      assert.ok(Date.now() - started < 2000, 'the signed-in user was slowed')
      for (const answer of await anonymous) is(answer, 200)
      assert.ok(Date.now() - started > 4000, 'the shared rate was not applied')
    },
    { config: { default_quotas: { unauthenticated_ip_rate_read: '1kb/s' } }, needs: ['admin'] },
  ),
  item(
    190,
    'the count limit does not wait for bandwidth',
    async (t) => {
      const user = await t.newUser()
      is(await user.put('/pub/a', 'x'), 201)
      const started = Date.now()
      is(await user.put('/pub/a', new Uint8Array(20 * 1024)), 429, LIMITED)
      assert.ok(Date.now() - started < 10_000)
    },
    {
      config: {
        default_quotas: { rate_write: '1kb/s' },
        drive: { rate_limits: [{ path: '/pub/**', method: 'PUT', quota: '1r/m', key: 'user' }] },
      },
    },
  ),
  item(
    191,
    'metrics of streams and sign-ups',
    async (t) => {
      const signups = value((await metric(t, 'signup_count_total'))[0]) || 0
      const user = await t.newUser()
      await t.newUser()
      const [line] = await metric(t, 'signup_count_total')
      assert.ok(line?.startsWith('signup_count_total{otel_scope_name="pubky_homeserver"} '))
      assert.equal(value(line), signups + 2)
      const active = async () => value((await metric(t, 'event_stream_active_connections'))[0]) || 0
      const before = await active()
      const first = await OpenStream.open(t.url, `/events-stream?user=${user.z32}&live=true`)
      const second = await OpenStream.open(t.url, `/events-stream?user=${user.z32}&live=true`)
      await eventually(async () => assert.equal(await active(), before + 2))
      first[Symbol.dispose]()
      await eventually(async () => assert.equal(await active(), before + 1))
      second[Symbol.dispose]()
      await eventually(async () => assert.equal(await active(), before))
    },
    { needs: ['metrics'] },
  ),
  item(
    192,
    'metrics of storage requests',
    async (t) => {
      const user = await t.newUser()
      await user.store('/pub/file')
      const { headers } = await user.bearer('/:rw')
      is(await t.send('/pub/file', { headers: { 'pubky-host': user.z32 } }), 200)
      is(await t.send(`/pub/file?pubky-host=${user.z32}`), 200)
      is(await t.send(user.at('/pub/file'), { headers }), 200)
      const lines = await metric(t, 'storage_request_count_total')
      const expected = [
        { addressing_mode: 'path', pubky_host_header: 'absent', pubky_host_query: 'false', auth_method: 'cookie' },
        { addressing_mode: 'legacy', pubky_host_header: 'matching', pubky_host_query: 'false', auth_method: 'none' },
        { addressing_mode: 'legacy', pubky_host_header: 'absent', pubky_host_query: 'true', auth_method: 'none' },
        { addressing_mode: 'path', pubky_host_header: 'absent', pubky_host_query: 'false', auth_method: 'grant' },
      ]
      for (const labels of expected) {
        const wanted = Object.entries(labels).map(([name, label]) => `${name}="${label}"`)
        assert.ok(
          lines.some((line) => wanted.every((part) => line.includes(part)) && value(line) >= 1),
          `no sample with ${wanted.join(', ')}`,
        )
      }
      const { text } = await send(t.metrics!, '/metrics')
      for (const secret of [user.z32, '/pub/file', user.headers.cookie!.split('=')[1]!]) {
        assert.ok(!text.includes(secret))
      }
    },
    { needs: ['metrics'] },
  ),
]
