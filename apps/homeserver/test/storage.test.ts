/** Files on the wire: header fields, ranges, preconditions, listings, hostile content, downloads of one version. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHomeserver, type TestHomeserver, type TestUser } from './support/homeserver.ts'
import { sendRaw } from './support/http.ts'

let homeserver: TestHomeserver
let user: TestUser
beforeAll(async () => {
  homeserver = await startHomeserver()
  user = await homeserver.signUp()
})
afterAll(() => homeserver[Symbol.asyncDispose]())

const put = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  user.send(path, { method: 'PUT', body, headers })
const legacy = (path: string, headers: Record<string, string> = {}) =>
  homeserver.send(path, { headers: { 'pubky-host': user.z32, ...headers } })

describe('header fields', () => {
  it('of a public file differ by addressing in Vary only', async () => {
    const written = await put('/pub/fields.txt', 'hello')
    expect(written.field('etag')).toBe('"6o8WPbOGgpJeRJHF5Y1Ls1Bu+MFOt4qG6QjFYkpnIA8="')
    const byPath = await user.anonymously('/pub/fields.txt')
    const byHost = await legacy('/pub/fields.txt')
    for (const answer of [byPath, byHost]) {
      expect(answer.text).toBe('hello')
      expect(answer.field('content-type')).toBe('text/plain')
      expect(answer.field('content-length')).toBe('5')
      expect(answer.field('cache-control')).toBe('private, must-revalidate')
      expect(answer.field('etag')).toBe(written.field('etag'))
      expect(answer.field('last-modified')).toBe(written.field('last-modified'))
      expect(answer.field('x-content-type-options')).toBe('nosniff')
      expect(answer.field('accept-ranges')).toBe('bytes')
    }
    const cors = 'origin, access-control-request-method, access-control-request-headers'
    expect(byPath.fields('vary')).toEqual([cors])
    expect(byHost.fields('vary')).toEqual(['pubky-host', cors])
  })

  it('are the same for HEAD, cached or not', async () => {
    await put('/pub/small', 'small')
    await put('/pub/large', randomBytes(100_000))
    for (const path of ['/pub/small', '/pub/large']) {
      const headBefore = await user.anonymously(path, { method: 'HEAD' })
      const answer = await user.anonymously(path)
      const headAfter = await user.anonymously(path, { method: 'HEAD' })
      for (const head of [headBefore, headAfter]) {
        expect(head.body.length).toBe(0)
        for (const name of ['content-length', 'content-type', 'etag', 'last-modified', 'cache-control']) {
          expect([path, name, head.field(name)]).toEqual([path, name, answer.field(name)])
        }
      }
    }
  })

  it('are not there for a file whose body is lost', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'homeserver-lost-'))
    const encryption = { keyFile: join(directory, 'key') }
    try {
      await using own = await startHomeserver({}, { directory: join(directory, 'data'), encryption })
      const owner = await own.signUp()
      await owner.send('/pub/large', { method: 'PUT', body: randomBytes(100_000) })
      expect((await owner.anonymously('/pub/large', { method: 'HEAD' })).status).toBe(200)
      for (const name of await readdir(directory, { recursive: true })) {
        if (/objects\/.*\/?[0-9a-f]{32}$/.test(name)) await rm(join(directory, name))
      }
      for (const method of ['HEAD', 'GET']) {
        expect((await owner.anonymously('/pub/large', { method })).status).toBe(404)
      }
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('sandbox what could run scripts on the origin of the API', async () => {
    const sandbox = async (path: string, body: string) => {
      await put(path, body)
      return (await user.anonymously(path)).field('content-security-policy')
    }
    expect(await sandbox('/pub/page.html', '<html>')).toBe('sandbox')
    expect(await sandbox('/pub/image.svg', '<svg xmlns="x">')).toBe('sandbox')
    expect(await sandbox('/pub/prolog.svg', '<?xml version="1.0"?><svg>')).toBe('sandbox')
    expect(await sandbox('/pub/plain.txt', 'text')).toBeUndefined()
  })

  it('let pages of other origins read and expose what they need', async () => {
    await put('/pub/cors', 'x')
    const answer = await user.anonymously('/pub/cors', { headers: { origin: 'https://app.example' } })
    expect(answer.field('access-control-allow-origin')).toBe('https://app.example')
    expect(answer.field('access-control-expose-headers')).toMatch(/^retry-after,lock-token,timeout(,|$)/)
    const preflight = await homeserver.send('/anything', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'LOCK',
        'access-control-request-headers': 'a,b',
      },
    })
    expect(preflight.status).toBe(200)
    expect(preflight.field('access-control-allow-methods')).toBe('LOCK')
    expect(preflight.field('access-control-allow-headers')).toBe('a,b')
    expect(preflight.field('allow')).toBe('GET,HEAD,PUT,DELETE')
    const stream = await homeserver.send('/events-stream', { method: 'OPTIONS' })
    expect(stream.field('allow')).toBe('GET,HEAD')
  })

  it('of private paths never let anything be kept', async () => {
    await put('/priv/file', 'secret')
    const cookie = { cookie: user.cookie }
    for (const [answer, validators] of [
      [await user.send('/priv/file'), true],
      [await user.send('/priv/file', { headers: { 'if-none-match': '*' } }), true],
      [await user.send('/priv/'), false],
      [await user.anonymously('/priv/file', { headers: { 'if-none-match': '*' } }), false],
      [await user.send('/priv/none'), false],
      [await user.send('/priv/file', { method: 'PATCH' }), false],
      [await put('/priv/file', 'secret'), true],
    ] as const) {
      expect(answer.field('cache-control')).toBe('no-store')
      expect(answer.fields('vary')[0]).toBe('Authorization, Cookie')
      expect(answer.field('etag') !== undefined).toBe(validators)
    }
    const byHost = await legacy('/pub/../priv/file', cookie)
    expect(byHost.fields('vary')[0]).toBe('pubky-host, Authorization, Cookie')
  })
})

describe('byte ranges', () => {
  const content = randomBytes(200_000)
  beforeAll(() => put('/pub/video', content))

  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=65530-65540', 65_530, 65_541],
    ['bytes=199999-', 199_999, 200_000],
    ['bytes=-100000', 100_000, 200_000],
  ])('%s', async (range, start, end) => {
    const answer = await user.anonymously('/pub/video', { headers: { range } })
    expect(answer.status).toBe(206)
    expect(answer.field('content-range')).toBe(`bytes ${start}-${end - 1}/200000`)
    expect(answer.field('content-length')).toBe(String(end - start))
    expect(answer.body.equals(content.subarray(start, end))).toBe(true)
  })

  it('beyond the end are refused with the length', async () => {
    const answer = await user.anonymously('/pub/video', { headers: { range: 'bytes=200000-' } })
    expect([answer.status, answer.field('content-range')]).toEqual([416, 'bytes */200000'])
  })

  it('of an empty file never exist', async () => {
    await put('/pub/empty', '')
    expect((await user.anonymously('/pub/empty', { headers: { range: 'bytes=0-' } })).status).toBe(416)
    const whole = await user.anonymously('/pub/empty')
    expect([whole.status, whole.field('content-length')]).toEqual([200, '0'])
  })
})

describe('preconditions', () => {
  it('guard writes and deletes', async () => {
    const first = await put('/pub/guarded', '1', { 'if-none-match': '*' })
    expect(first.status).toBe(201)
    expect((await put('/pub/guarded', '2', { 'if-none-match': '*' })).status).toBe(412)
    const etag = first.field('etag') ?? ''
    const second = await put('/pub/guarded', '2', { 'if-match': etag })
    expect(second.status).toBe(201)
    expect((await put('/pub/guarded', '3', { 'if-match': etag })).status).toBe(412)
    expect((await put('/pub/absent', 'x', { 'if-match': '*' })).status).toBe(412)
    const remove = (match: string) => user.send('/pub/guarded', { method: 'DELETE', headers: { 'if-match': match } })
    expect((await remove(etag)).status).toBe(412)
    expect((await remove(second.field('etag') ?? '')).status).toBe(204)
  })
})

describe('listings', () => {
  beforeAll(async () => {
    for (const name of ['a', 'b/c', 'b/d', '%C3%BCber', 'z']) await put(`/pub/list/${name}`, name)
  })

  it('have one decoded path a line', async () => {
    const answer = await legacy('/pub/list/')
    const lines = ['a', 'b/c', 'b/d', 'z', 'über'].map((name) => `pubky://${user.z32}/pub/list/${name}`)
    expect(answer.text).toBe(lines.join('\n'))
    expect(answer.field('content-type')).toBe('text/plain')
    expect(answer.field('cache-control')).toBeUndefined()
    expect(answer.fields('vary')[0]).toBe('pubky-host')
  })

  it.each([
    ['application/json', true],
    ['Application/JSON;q=0.9, */*;q=0.8', true],
    ['text/plain;q=0.5, application/json', true],
    ['application/json, text/plain, */*', false],
    ['application/json;q=0', false],
    ['application/jsonl', false],
    ['*/*', false],
  ])('for Accept: %s are JSON: %s', async (accept, isJson) => {
    const answer = await user.anonymously('/pub/list/', { headers: { accept } })
    expect(answer.field('content-type')).toBe(isJson ? 'application/json' : 'text/plain')
  })

  it('have metadata for those who ask for JSON', async () => {
    const json = (query: string) => user.anonymously(`/pub/list/?${query}`, { headers: { accept: 'application/json' } })
    const page = JSON.parse((await json('shallow&limit=2')).text)
    const file = await user.anonymously('/pub/list/a')
    expect(page.entries).toEqual([
      {
        path: '/pub/list/a',
        length: 1,
        type: 'application/octet-stream',
        etag: file.field('etag'),
        modified: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
      { path: '/pub/list/b/' },
    ])
    expect(page.cursor).toBe(`${user.z32}/pub/list/b/`)
    const rest = JSON.parse((await json(`shallow&cursor=${encodeURIComponent(page.cursor)}`)).text)
    expect(rest.entries.map(({ path }: { path: string }) => path)).toEqual(['/pub/list/z', '/pub/list/über'])
    expect(rest.cursor).toBeNull()
  })
})

describe('methods', () => {
  it('that a path does not have are named', async () => {
    const path = await user.send('/pub/x', { method: 'PATCH', body: Buffer.alloc(16_385) })
    expect([path.status, path.text, path.field('allow')]).toEqual([405, '', 'GET, HEAD, PUT, DELETE, LOCK, UNLOCK'])
    for (const [target, method, allow] of [
      ['/pub/x', 'POST', 'GET,HEAD,PUT,DELETE'],
      ['/pub/x', 'LOCK', 'GET,HEAD,PUT,DELETE'],
      ['/signup', 'GET', 'POST'],
      ['/session', 'PUT', 'POST,GET,HEAD,DELETE'],
      ['/auth/grant/session/x', 'GET', 'DELETE'],
      ['/signup_tokens/x', 'HEAD', 'GET'],
      ['/', 'DELETE', 'GET,HEAD'],
    ] as const) {
      const answer = await homeserver.send(target, { method })
      expect([target, answer.status, answer.field('allow'), answer.text]).toEqual([target, 405, allow, ''])
    }
  })
})

describe('interrupted transfers', () => {
  it('keep the old file when the body breaks off', async () => {
    await put('/pub/kept', 'old')
    const events = async () => (await homeserver.send('/events/?limit=1000')).text
    const before = await events()
    const head = `PUT /storage/${user.z32}/pub/kept HTTP/1.1\r\nHost: x\r\nCookie: ${user.cookie}\r\n`
    for (const size of [10, 70_000]) {
      const bytes = `${head}Content-Length: ${size}\r\n\r\n${'x'.repeat(size - 1)}`
      await sendRaw(homeserver.port, bytes, 300).catch(() => undefined)
    }
    await sendRaw(homeserver.port, `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n`, 500)
    expect((await user.anonymously('/pub/kept')).text).toBe('old')
    expect(await events()).toBe(before)
  })

  it('deliver the version they began with', async () => {
    const old = Buffer.alloc(4 * 1024 * 1024, 'o')
    await put('/pub/replaced', old)
    const received = await new Promise<Buffer>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: homeserver.port, path: `/storage/${user.z32}/pub/replaced` }
      get(options, (incoming) => {
        const chunks: Buffer[] = []
        incoming.once('readable', () => {
          put('/pub/replaced', 'new').then(() => incoming.on('data', (chunk: Buffer) => chunks.push(chunk)), reject)
        })
        incoming.on('end', () => resolve(Buffer.concat(chunks)))
      })
    })
    expect(received.equals(old)).toBe(true)
    expect((await user.anonymously('/pub/replaced')).text).toBe('new')
  })
})

describe('own account', () => {
  it('can be measured and left', async () => {
    const leaver = await homeserver.signUp()
    await leaver.send('/pub/x', { method: 'PUT', body: '12345' })
    const headers = { 'pubky-host': leaver.z32, cookie: leaver.cookie, 'content-type': 'application/json' }
    const usage = JSON.parse((await homeserver.send('/auth/account', { headers })).text)
    expect(usage).toMatchObject({ pubky: leaver.z32, used_bytes: 261, limit_bytes: null, entries: 1, content_bytes: 5 })
    const body = JSON.stringify({ confirm: leaver.z32 })
    expect((await homeserver.send('/auth/account', { method: 'DELETE', headers, body })).status).toBe(204)
    expect((await leaver.anonymously('/pub/x')).status).toBe(404)
    expect((await leaver.send('/pub/y', { method: 'PUT', body: 'y' })).status).toBe(401)
    expect((await homeserver.send('/events/?limit=1000')).text).toContain(`DEL pubky://${leaver.z32}/pub/x\n`)
  })
})
