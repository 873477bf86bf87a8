/** Event streams on the wire: frames, live delivery, revocation, limits, keep-alive, stop. */
import { get, type IncomingMessage } from 'node:http'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { bearerOf, exchange, grantApp } from './support/grants.ts'
import { startHomeserver, type TestHomeserver, type TestUser } from './support/homeserver.ts'

let homeserver: TestHomeserver
let user: TestUser
beforeEach(async () => {
  homeserver = await startHomeserver({ drive: { max_event_streams: 2 } })
  user = await homeserver.signUp()
})
afterEach(() => homeserver[Symbol.asyncDispose]())

/** An open stream that collects what it gets. */
class OpenStream implements Disposable {
  readonly status: number
  readonly ended: Promise<void>
  #text = ''
  readonly #incoming: IncomingMessage
  #wake: (() => void) | undefined

  private constructor(incoming: IncomingMessage) {
    this.#incoming = incoming
    this.status = incoming.statusCode ?? 0
    incoming.setEncoding('utf8')
    incoming.on('data', (chunk: string) => {
      this.#text += chunk
      this.#wake?.()
    })
    this.ended = new Promise((resolve) => {
      incoming.on('error', () => {})
      incoming.on('close', () => resolve())
    })
  }

  static open(port: number, query: string, headers: Record<string, string> = {}): Promise<OpenStream> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: `/events-stream?${query}`, headers }
      get(options, (incoming) => resolve(new OpenStream(incoming))).on('error', reject)
    })
  }

  get text(): string {
    return this.#text
  }

  /** Waits until the text holds that many events. */
  async events(count: number): Promise<readonly string[]> {
    for (;;) {
      const frames = this.#text.split('\n\n').filter((frame) => frame.startsWith('event: '))
      if (frames.length >= count) return frames
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  [Symbol.dispose](): void {
    this.#incoming.destroy()
  }
}

it('sends history and then what happens', async () => {
  const put = await user.send('/pub/a', { method: 'PUT', body: 'one' })
  using stream = await OpenStream.open(homeserver.port, `user=${user.z32}&live=true`)
  await stream.events(1)
  await user.send('/pub/a', { method: 'DELETE' })
  const frames = await stream.events(2)
  expect(frames).toEqual([
    `event: PUT\ndata: pubky://${user.z32}/pub/a\ndata: cursor: 1\ndata: content_hash: ${put.field('etag')?.replaceAll('"', '')}`,
    `event: DEL\ndata: pubky://${user.z32}/pub/a\ndata: cursor: 2`,
  ])
})

it('has the cache rules of a stream on every answer', async () => {
  const answers = [
    await homeserver.send(`/events-stream?user=${user.z32}`),
    await homeserver.send('/events-stream'),
    await homeserver.send('/events-stream', { method: 'HEAD' }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 405])
  for (const answer of answers) {
    expect(answer.field('cache-control')).toBe('no-store')
    expect(answer.fields('vary')[0]).toBe('pubky-host, Authorization, Cookie')
  }
  expect(answers[0]?.field('content-type')).toBe('text/event-stream')
  expect(answers[2]?.field('allow')).toBe('GET')
})

it('closes a private stream when its grant is revoked, and no public one', async () => {
  const app = grantApp(homeserver, user)
  const { token }: { token: string } = JSON.parse((await exchange(homeserver, app)).text)
  using secret = await OpenStream.open(homeserver.port, `user=${user.z32}&path=/priv/&live=true`, {
    authorization: `Bearer ${token}`,
  })
  using open = await OpenStream.open(homeserver.port, `user=${user.z32}&live=true`)
  await user.send('/priv/x', { method: 'PUT', body: 'x' })
  await secret.events(1)
  await homeserver.send(`/auth/grant/session/${app.grantId}`, {
    method: 'DELETE',
    headers: await bearerOf(homeserver, user),
  })
  await secret.ended
  await user.send('/priv/y', { method: 'PUT', body: 'y' })
  await user.send('/pub/z', { method: 'PUT', body: 'z' })
  expect(await open.events(1)).toHaveLength(1)
  expect(secret.text).not.toContain('/priv/y')
})

it('reads users as hosts name them', async () => {
  await user.send('/pub/named', { method: 'PUT', body: 'x' })
  for (const name of [`_pubky.${user.z32}`, `${user.z32}.`]) {
    const answer = await homeserver.send(`/events-stream?user=${name}&path=/pub/named`)
    expect([answer.status, answer.text.includes(`pubky://${user.z32}/pub/named\n`)]).toEqual([200, true])
  }
  const shown = await homeserver.send(`/events-stream?user=pubky${user.z32}`)
  expect([shown.status, shown.text]).toEqual([400, `Invalid public key: pubky${user.z32}`])
})

it('looks at every cursor, of a user named twice too, and at numbers with any count of zeros', async () => {
  for (const name of ['1', '2', '3']) await user.send(`/pub/${name}`, { method: 'PUT', body: 'x' })
  const paths = async (query: string) => {
    const { status, text } = await homeserver.send(`/events-stream?${query}`)
    return status === 200 ? text.match(/\/pub\/./g) : text
  }
  const name = user.z32
  expect(await paths(`user=${name}:1&user=${name}:2`)).toEqual(['/pub/3'])
  expect(await paths(`user=${name}:2&user=${name}`)).toEqual(['/pub/1', '/pub/2', '/pub/3'])
  expect(await paths(`user=${name}:x&user=${name}:2`)).toBe('Invalid cursor: x')
  expect(await paths(`user=${name}&limit=${'0'.repeat(60)}1`)).toEqual(['/pub/1'])
})

it('finds the cookie of the user whose private stream is asked for', async () => {
  await user.send('/priv/x', { method: 'PUT', body: 'x' })
  const query = `user=${user.z32}&path=/priv/`
  const { status, text } = await homeserver.send(`/events-stream?${query}`, { headers: { cookie: user.cookie } })
  expect([status, text.includes('/priv/x')]).toEqual([200, true])
  const twice = await homeserver.send(`/events-stream?${query}&user=${user.z32}`, { headers: { cookie: user.cookie } })
  expect([twice.status, twice.text]).toEqual([401, 'Authentication required to read private storage'])
  const headers = { cookie: user.cookie, authorization: 'Bearer nonsense' }
  expect((await homeserver.send(`/events-stream?${query}`, { headers })).status).toBe(401)
})

it('has no room for more streams than allowed', async () => {
  using _first = await OpenStream.open(homeserver.port, `user=${user.z32}&live=true`)
  using _second = await OpenStream.open(homeserver.port, `user=${user.z32}&live=true`)
  const third = await homeserver.send(`/events-stream?user=${user.z32}`)
  expect([third.status, third.field('retry-after')]).toEqual([503, '5'])
})

it('has no room for more streams of one address than told, and has it again when one ends', async () => {
  await using limited = await startHomeserver({
    drive: { max_event_streams_per_address: 1, trusted_proxies: ['127.0.0.0/8'] },
  })
  const query = `user=${(await limited.signUp()).z32}&live=true`
  const ask = (address: string) =>
    limited.send(`/events-stream?${query.replace('&live=true', '')}`, { headers: { 'x-forwarded-for': address } })
  const first = await OpenStream.open(limited.port, query, { 'x-forwarded-for': '198.51.100.1' })
  const refused = await ask('198.51.100.1')
  expect([refused.status, refused.text, refused.field('retry-after')]).toEqual([503, 'Too many event streams', '5'])
  expect((await ask('198.51.100.2')).status).toBe(200)
  first[Symbol.dispose]()
  await vi.waitFor(async () => expect((await ask('198.51.100.1')).status).toBe(200))
})

it('ends streams when the server stops, without waiting for their readers', async () => {
  using stream = await OpenStream.open(homeserver.port, `user=${user.z32}&live=true`)
  await homeserver.server.stop()
  await stream.ended
  expect(stream.status).toBe(200)
})

it('gives the operator everything, private paths included', async () => {
  await user.send('/priv/x', { method: 'PUT', body: 'x' })
  const other = await homeserver.signUp()
  await other.send('/pub/y', { method: 'PUT', body: 'y' })
  const all = await homeserver.admin('/events-stream?limit=2')
  expect(all.text.match(/pubky:\/\/\S+/g)).toEqual([`pubky://${user.z32}/priv/x`, `pubky://${other.z32}/pub/y`])
  const some = await homeserver.admin(`/events-stream?user=${other.z32}&reverse=true`)
  expect(some.text.match(/pubky:\/\/\S+/g)).toEqual([`pubky://${other.z32}/pub/y`])
  for (const [query, text] of [
    ['limit=0', 'limit must be at least 1'],
    ['limit=x', 'Invalid limit: x'],
    ['user=x', 'Invalid public key: x'],
    ['cursor=x', 'Invalid cursor'],
    ['path=..', 'Invalid path: /..'],
    ['live=1&reverse=1', 'Cannot use live mode with reverse ordering'],
  ] as const) {
    const answer = await homeserver.admin(`/events-stream?${query}`)
    expect([query, answer.status, answer.text]).toEqual([query, 400, text])
  }
})
