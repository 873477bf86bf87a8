/** Request-count limits, bandwidth, metrics of a running server. */
import { connect as connectHttp2 } from 'node:http2'
import { afterEach, expect, it } from 'vitest'
import { JSON_TYPE } from './support/grants.ts'
import { startHomeserver, type TestHomeserver } from './support/homeserver.ts'
import { send } from './support/http.ts'

let homeserver: TestHomeserver
afterEach(() => homeserver[Symbol.asyncDispose]())

it('refuses at once with the time to wait, readable across origins', async () => {
  const limit = { path: '/signup_tokens/*', method: 'GET', quota: '1r/m', key: 'ip' as const }
  homeserver = await startHomeserver({ drive: { rate_limits: [limit] } })
  expect((await homeserver.send('/signup_tokens/x')).status).toBe(400)
  const refused = await homeserver.send('/signup_tokens/x', { headers: { origin: 'https://a.example' } })
  expect([refused.status, refused.text]).toEqual([429, 'Rate limit exceeded'])
  expect(Number(refused.field('retry-after'))).toBeGreaterThan(50)
  expect(refused.field('access-control-expose-headers')).toContain('retry-after')
  expect((await homeserver.send('/info')).status).toBe(200)
})

it('counts the owner addressed, in both addressings, and pages as their files', async () => {
  const limits = [
    { path: '/pub/**', method: 'GET', quota: '2r/m', key: 'user' as const },
    { path: '/pub/**', method: 'LOCK', quota: '1r/m', key: 'user' as const },
  ]
  homeserver = await startHomeserver({ drive: { rate_limits: limits } })
  const user = await homeserver.signUp()
  await user.send('/pub/website/_/index.html', { method: 'PUT', body: 'home' })
  const page = () => homeserver.send('/', { headers: { host: user.z32 } })
  expect((await page()).text).toBe('home')
  expect((await user.anonymously('/pub/none')).status).toBe(404)
  expect((await homeserver.send('/pub/none', { headers: { 'pubky-host': user.z32 } })).status).toBe(429)
  const limited = await page()
  expect([limited.status, limited.field('x-content-type-options')]).toEqual([429, undefined])
  expect((await user.send('/pub/x', { method: 'LOCK' })).status).toBe(200)
  expect((await user.send('/pub/y', { method: 'LOCK' })).status).toBe(429)
  const nobody = await homeserver.send('/pub/x')
  expect([nobody.status, nobody.text]).toEqual([400, 'Failed to extract user for rate limiting'])
})

it('counts who asks, where told so, and strangers by address', async () => {
  const limit = { path: '/pub/**', method: 'GET', quota: '1r/m', key: 'session' as const }
  homeserver = await startHomeserver({ drive: { rate_limits: [limit] } })
  const [owner, reader] = [await homeserver.signUp(), await homeserver.signUp()]
  await owner.send('/pub/x', { method: 'PUT', body: 'x' })
  const read = (cookie: string) =>
    owner.anonymously('/pub/x', { headers: { cookie } }).then(({ status, text }) => [status, text])
  expect(await read('')).toEqual([200, 'x'])
  expect(await read('')).toEqual([429, 'Rate limit exceeded'])
  // Cookies of others than the owner do not count here: still a stranger of the same address.
  expect(await read(reader.cookie)).toEqual([429, 'Rate limit exceeded'])
  expect(await read(owner.cookie)).toEqual([200, 'x'])
  expect(await read(owner.cookie)).toEqual([429, 'Rate limit exceeded'])
})

// Each of them makes the server remember something for whoever asks, known or not.
it.each([
  ['POST', '/signup'],
  ['POST', '/session'],
  ['POST', '/auth/grant/session'],
  ['DELETE', '/auth/grant/session'],
])('by default limits %s %s from outside, and not from this machine', async (method, target) => {
  homeserver = await startHomeserver({ drive: { rate_limits: undefined, trusted_proxies: ['127.0.0.0/8'] } })
  const attempt = (headers: Record<string, string> = {}) =>
    homeserver.send(target, { method, body: '{', headers: { ...JSON_TYPE, ...headers } }).then(({ status }) => status)
  const outside = await Promise.all(Array.from({ length: 31 }, () => attempt({ 'x-forwarded-for': '198.51.100.1' })))
  expect(outside.filter((status) => status === 429)).toHaveLength(1)
  const local = await Promise.all(Array.from({ length: 40 }, () => attempt()))
  expect(new Set(local)).toEqual(new Set([400]))
})

it('meters bodies by the rate of who is asking', async () => {
  homeserver = await startHomeserver({ default_quotas: { unauthenticated_ip_rate_read: '8kb/s', rate_write: '8kb/s' } })
  const user = await homeserver.signUp()
  const timed = async (run: () => Promise<unknown>): Promise<number> => {
    const startedAt = performance.now()
    await run()
    return performance.now() - startedAt
  }
  const body = Buffer.alloc(12 * 1024)
  expect(await timed(() => user.send('/pub/slow', { method: 'PUT', body }))).toBeGreaterThan(500)
  expect(await timed(() => user.anonymously('/pub/slow'))).toBeGreaterThan(500)
  await homeserver.admin(`/users/${user.z32}/quota`, {
    method: 'PATCH',
    headers: JSON_TYPE,
    body: JSON.stringify({ rate_write: 'unlimited' }),
  })
  const answer = await user.send('/pub/fast', { method: 'PUT', body: Buffer.alloc(300 * 1024) })
  expect(answer.status).toBe(201)
  const refused = await user.send('/other/x', { method: 'PUT', body })
  expect(refused.status).toBe(403)
})

it('meters event streams, and loses nothing of them', async () => {
  homeserver = await startHomeserver({ default_quotas: { unauthenticated_ip_rate_read: '8kb/s' } })
  const user = await homeserver.signUp()
  await Promise.all(Array.from({ length: 80 }, (_, i) => user.send(`/pub/${i}`, { method: 'PUT', body: 'x' })))
  const startedAt = performance.now()
  const { text } = await homeserver.send(`/events-stream?user=${user.z32}`)
  expect(text.match(/^event: PUT$/gm)).toHaveLength(80)
  expect(text.length).toBeGreaterThan(12_288)
  expect(performance.now() - startedAt).toBeGreaterThan(500)
})

it('counts answers by a bounded number of labels', async () => {
  homeserver = await startHomeserver({ metrics: { enabled: true } })
  const user = await homeserver.signUp()
  await homeserver.send('/page', { headers: { host: user.z32 } })
  const session = connectHttp2(`http://127.0.0.1:${homeserver.port}`)
  for (const method of ['ONE', 'TWO']) {
    const stream = session.request({ ':method': method, ':path': '/storage/x' }).resume()
    await new Promise((resolve) => stream.once('close', resolve))
  }
  session.close()
  const { text } = await send(Number(new URL(homeserver.server.metricsUrl ?? '').port), '/metrics')
  const answers = text.matchAll(/^http_answers_total\{method="(\w+)",.*route="(.*)",status="(\d+)"\} (\d+)$/gm)
  expect([...answers].map((match) => match.slice(1).join(' ')).toSorted()).toEqual([
    'GET website 404 1',
    'OTHER /storage/{owner}/{path...} 400 2',
    'POST /signup 200 1',
  ])
})

it('counts what happened, without saying to whom', async () => {
  homeserver = await startHomeserver({ metrics: { enabled: true } })
  const port = Number(new URL(homeserver.server.metricsUrl ?? '').port)
  const metrics = async () => (await send(port, '/metrics')).text
  expect(await metrics()).toContain('signup_count_total{otel_scope_name="pubky_homeserver"} 0')
  expect(await metrics()).toContain('events_db_query_duration_ms_count{otel_scope_name="pubky_homeserver"} 0')
  const user = await homeserver.signUp()
  await homeserver.signUp()
  await user.send('/pub/a', { method: 'PUT', body: 'x' })
  await homeserver.send('/pub/a?pubky-host=x', { headers: { 'pubky-host': user.z32 } })
  await homeserver.send('/events/')
  const text = await metrics()
  expect(text).toContain('signup_count_total{otel_scope_name="pubky_homeserver"} 2')
  expect(text).toContain(
    'storage_request_count_total{addressing_mode="path",auth_method="cookie",otel_scope_name="pubky_homeserver",pubky_host_header="absent",pubky_host_query="false"} 1',
  )
  expect(text).toContain(
    'storage_request_count_total{addressing_mode="legacy",auth_method="none",otel_scope_name="pubky_homeserver",pubky_host_header="matching",pubky_host_query="true"} 1',
  )
  expect(text).toMatch(/events_db_query_duration_ms_count\{otel_scope_name="pubky_homeserver"\} 1/)
  for (const secret of [user.z32, user.cookie.split('=')[1] ?? '', '/pub/a']) expect(text).not.toContain(secret)
  expect((await send(port, '/healthz')).text).toBe('ok')
  expect((await send(port, '/readyz')).text).toBe('storage: ok\n')
  expect((await send(port, '/')).status).toBe(404)
})
