/** Websites by `Host`. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startHomeserver, type TestHomeserver, type TestUser } from './support/homeserver.ts'

let homeserver: TestHomeserver
let user: TestUser
beforeAll(async () => {
  homeserver = await startHomeserver()
  user = await homeserver.signUp()
  const files = {
    '_/index.html': 'home',
    '_/docs/index.html': '<p>docs</p>',
    'blog/index.html': 'blog',
    '_/evil.com/index.html': 'x',
  }
  for (const [path, body] of Object.entries(files)) await user.send(`/pub/website/${path}`, { method: 'PUT', body })
})
afterAll(() => homeserver[Symbol.asyncDispose]())

const page = (target: string, label = '', headers: Record<string, string> = {}, method = 'GET') =>
  homeserver.send(target, { method, headers: { host: `${label}${user.z32}`, ...headers } })

it('serves pages of the site with the fields of a site', async () => {
  const answer = await page('/', '', { 'pubky-host': 'x', cookie: user.cookie })
  expect([answer.status, answer.text]).toEqual([200, 'home'])
  expect(answer.field('cache-control')).toBe('no-cache')
  expect(answer.field('x-content-type-options')).toBe('nosniff')
  expect(answer.field('content-security-policy')).toBeUndefined()
  expect(answer.fields('vary')).toHaveLength(1)
  expect(answer.field('set-cookie')).toBeUndefined()
  expect((await page('/docs/')).field('content-security-policy')).toBeUndefined()
  expect((await page('/docs/')).field('referrer-policy')).toBe('strict-origin-when-cross-origin')
  expect((await page('/', 'blog.')).text).toBe('blog')
  expect((await page('/docs/', 'blog.')).status).toBe(404)
})

it('answers HEAD and conditions alike', async () => {
  const head = await page('/', '', {}, 'HEAD')
  expect([head.status, head.field('content-length'), head.text]).toEqual([200, '4', ''])
  for (const method of ['GET', 'HEAD']) {
    const answer = await page('/', '', { 'if-none-match': head.field('etag') ?? '' }, method)
    expect([answer.status, answer.field('cache-control')]).toEqual([304, 'no-cache'])
  }
})

it('refuses a range beyond the end with the fields of a site', async () => {
  const answer = await page('/', '', { range: 'bytes=9-' })
  expect([answer.status, answer.field('content-range'), answer.field('cache-control')]).toEqual([
    ...[416, 'bytes */4', 'no-cache'],
  ])
})

it('redirects into folders, and nowhere else', async () => {
  const answer = await page('/docs?lang=en')
  expect([answer.status, answer.field('location'), answer.text]).toEqual([301, '/docs/?lang=en', ''])
  expect((await page('/docs?')).field('location')).toBe('/docs/?')
  expect((await page('//evil.com')).field('location')).toBe('/evil.com/')
})

it('has its own page for what is missing', async () => {
  expect((await page('/nope')).text).toBe('Not Found')
  await user.send('/pub/website/_/404.html', { method: 'PUT', body: '<p>lost</p>' })
  for (const target of ['/nope', '/docs/nope/']) {
    const answer = await page(target)
    expect([answer.status, answer.text, answer.field('content-type')]).toEqual([404, '<p>lost</p>', 'text/html'])
    expect([answer.field('etag'), answer.field('cache-control')]).toEqual([undefined, 'no-cache'])
  }
  const head = await page('/nope', '', {}, 'HEAD')
  expect([head.status, head.field('content-length')]).toEqual([404, '11'])
  expect((await page('/404.html')).status).toBe(200)
})

it('refuses the sites of the disabled and of nobody', async () => {
  const other = await homeserver.signUp()
  await homeserver.admin(`/users/${other.z32}/disable`, { method: 'POST' })
  const answer = await homeserver.send('/', { headers: { host: other.z32 } })
  expect([answer.status, answer.text]).toEqual([403, 'User is disabled'])
  const nobody = await homeserver.send('/', {
    headers: { host: 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy' },
  })
  expect([nobody.status, nobody.text]).toEqual([404, 'Not Found'])
})

it('leaves reserved paths and other methods to the API', async () => {
  expect((await page('/info', 'blog.')).status).toBe(200)
  expect((await page('/pub/website/_/index.html')).field('vary')).toBe('pubky-host')
  expect((await page('/index.html', '', { cookie: user.cookie }, 'PUT')).status).toBe(403)
})

it('can be switched off', async () => {
  await using plain = await startHomeserver({ drive: { websites: false } })
  const someone = await plain.signUp()
  expect((await plain.send('/', { headers: { host: someone.z32 } })).text).toBe('Pubky Homeserver')
  expect((await plain.send('/info')).text).not.toContain('websites')
})

it('never holds a large page for what is missing in memory', async () => {
  const MEBIBYTE = 1_048_576
  const owner = await homeserver.signUp()
  const body = Buffer.alloc(48 * MEBIBYTE, 'x')
  expect((await owner.send('/pub/website/_/404.html', { method: 'PUT', body })).status).toBe(201)
  const before = process.memoryUsage().arrayBuffers
  const socket = connect(homeserver.port, '127.0.0.1')
  socket.write(`GET /missing HTTP/1.1\r\nhost: ${owner.z32}\r\n\r\n`)
  const [head] = await once(socket, 'data')
  // Nothing more is taken: what the server has read of the page meanwhile is what it holds.
  socket.pause()
  expect(String(head)).toMatch(/^HTTP\/1.1 404 /)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * MEBIBYTE)
  socket.destroy()
  expect((await homeserver.send('/missing', { headers: { host: owner.z32 } })).text).toHaveLength(body.length)
})
