/** Connections: HTTP/2, PubkyTLS, PROXY prefaces, and what no request may look like. */
import { connect as connectHttp2, constants } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { Keypair } from '@pubky/crypto'
import { connect as connectTls } from '@pubky/tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHomeserver, type TestHomeserver, type TestUser } from './support/homeserver.ts'
import { sendRaw } from './support/http.ts'

const CLOSE = 'Host: x\r\nConnection: close\r\n\r\n'
const manyFields = Object.fromEntries(Array.from({ length: 110 }, (_, index) => [`x${index}`, 'y']))
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

describe('one server', () => {
  let homeserver: TestHomeserver
  let user: TestUser
  beforeAll(async () => {
    homeserver = await startHomeserver()
    user = await homeserver.signUp()
    await user.send('/pub/website/_/index.html', { method: 'PUT', body: 'home' })
  })
  afterAll(() => homeserver[Symbol.asyncDispose]())

  async function overHttp2(headers: Record<string, string>, body?: string): Promise<readonly [number, string]> {
    const session = connectHttp2(`http://127.0.0.1:${homeserver.port}`)
    try {
      return await new Promise((resolve, reject) => {
        const stream = session.request(headers)
        let status = 0
        let text = ''
        stream.setEncoding('utf8')
        stream.on('response', (fields) => {
          status = Number(fields[':status'])
        })
        stream.on('data', (chunk: string) => {
          text += chunk
        })
        stream.on('end', () => resolve([status, text]))
        stream.on('error', reject)
        stream.end(body)
      })
    } finally {
      session.close()
    }
  }

  it('speaks HTTP/2 to clients that start with it', async () => {
    expect(await overHttp2({ ':path': '/' })).toEqual([200, 'Pubky Homeserver'])
    const path = `/storage/${user.z32}/pub/h2`
    const headers = { ':path': path, ':method': 'PUT', cookie: user.cookie }
    expect(await overHttp2(headers, 'over two')).toEqual([201, ''])
    expect(await overHttp2({ ':path': path })).toEqual([200, 'over two'])
    expect(await overHttp2({ ':path': `${path}/../..%5Cx` })).toEqual([
      400,
      'Invalid storage path: path must not contain a backslash',
    ])
  })

  it('refuses an upload over HTTP/2 before it is complete', async () => {
    const headers = { ':path': `/storage/${user.z32}/pub/h2`, ':method': 'PUT' }
    const body = 'x'.repeat(2 * 1024 * 1024)
    expect(await overHttp2(headers, body)).toEqual([401, 'No authenticated session found'])
  })

  it('ends an HTTP/2 session that gives up what it has asked for, hundreds of times', async () => {
    const path = `/storage/${user.z32}/pub/large`
    await user.send('/pub/large', { method: 'PUT', body: Buffer.alloc(300_000) })
    const session = connectHttp2(`http://127.0.0.1:${homeserver.port}`)
    session.on('error', () => {})
    const code = new Promise((resolve) => session.once('goaway', resolve))
    const giveUp = () =>
      new Promise<void>((resolve) => {
        const stream = session.request({ ':path': path })
        stream.once('response', () => stream.close(constants.NGHTTP2_CANCEL))
        stream.once('error', () => {})
        stream.once('close', resolve)
      })
    for (let given = 0; given < 200; given += 1) await giveUp()
    expect(session.destroyed).toBe(false)
    while (!session.destroyed) await giveUp()
    expect(await code).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM)
    session.destroy()
  })

  it('finds websites by the authority of HTTP/2', async () => {
    expect(await overHttp2({ ':path': '/', ':authority': user.z32 })).toEqual([200, 'home'])
  })

  it.each([
    ['a fragment in the target', { ':path': '/#b' }, 400],
    ['a host that is not the authority', { ':path': '/', ':authority': 'a', host: 'b' }, 400],
    ['a very long head', { ':path': '/info', x: 'y'.repeat(17_000) }, 431],
    ['very many fields', { ':path': '/info', ...manyFields }, 431],
    ['a host that is the authority', { ':path': '/', ':authority': 'a', host: 'A' }, 200],
  ])('answers HTTP/2 with %s', async (_, headers, status) => {
    expect((await overHttp2(headers))[0]).toBe(status)
  })

  it('serves the same over PubkyTLS', async () => {
    const socket = await connectTls({
      host: '127.0.0.1',
      port: homeserver.server.pubkyTlsPort,
      serverKey: homeserver.server.publicKey,
    })
    socket.write(`GET /storage/${user.z32}/pub/website/_/index.html HTTP/1.1\r\n${CLOSE}`)
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(statusOf(text)).toBe(200)
    expect(text.endsWith('\r\n\r\nhome')).toBe(true)
  })

  it.each([
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['an absolute target', `GET http://other/ HTTP/1.1\r\n${CLOSE}`, 400],
    ['a target that is no path', `GET * HTTP/1.1\r\n${CLOSE}`, 400],
    ['HTTP/1.0 with chunks', 'PUT / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['length and chunks', 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['two lengths', 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n', 400],
    ['a signed length', 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
    ['a folded field', 'GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n', 400],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: a\n\n', 400],
    ['a NUL', 'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n', 400],
    ['very long heads', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${CLOSE}`, 431],
    ['very many fields', `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(150)}${CLOSE}`, 431],
    ['no host', 'POST /session HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', 400],
    ['no host and HTTP/1.0', 'GET /info HTTP/1.0\r\n\r\n', 200],
  ])('answers %s', async (_, request, status) => {
    expect(statusOf(await sendRaw(homeserver.port, request))).toBe(status)
  })

  it('names a missing host', async () => {
    const answer = await sendRaw(homeserver.port, 'GET /info HTTP/1.1\r\nConnection: close\r\n\r\n')
    expect(answer).toContain('Header of type `host` was missing')
  })

  it('closes a connection that says nothing that is HTTP', async () => {
    expect(statusOf(await sendRaw(homeserver.port, 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'))).toBe(400)
    expect(await sendRaw(homeserver.port, Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05]))).toContain('400')
  })

  it('refuses before the body when the client waits for that', async () => {
    const head = `PUT /storage/${user.z32}/pub/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n`
    const answer = await sendRaw(homeserver.port, head)
    expect(statusOf(answer)).toBe(401)
  })

  it('asks for the body of a client that waits', async () => {
    const answer = await new Promise<string>((resolve) => {
      let text = ''
      const socket = connectTcp(homeserver.port, '127.0.0.1')
      socket.setEncoding('latin1')
      socket.write(
        `PUT /storage/${user.z32}/pub/waited HTTP/1.1\r\nHost: x\r\nCookie: ${user.cookie}\r\nContent-Length: 4\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n`,
      )
      socket.on('data', (chunk: string) => {
        text += chunk
        if (text === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('body')
      })
      socket.on('close', () => resolve(text))
    })
    expect(answer).toContain('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created')
    expect((await user.anonymously('/pub/waited')).text).toBe('body')
  })

  it('lets a client read its refusal while it is still sending', async () => {
    const size = 4 * 1024 * 1024
    const answer = await user.anonymously('/pub/large', { method: 'PUT', body: Buffer.alloc(size) })
    expect([answer.status, answer.text]).toEqual([401, 'No authenticated session found'])
  })
})

describe('behind a proxy that sends prefaces', () => {
  const identity = { mode: 'proxy_protocol' as const, trusted_proxies: ['127.0.0.1/32'] }
  const limit = { path: '/events/', method: 'GET', quota: '1r/m', key: 'ip' } as const
  const request = `GET /events/ HTTP/1.1\r\n${CLOSE}`
  let homeserver: TestHomeserver
  beforeAll(async () => {
    homeserver = await startHomeserver({
      drive: { rate_limits: [limit], icann_client_identity: identity, pubky_client_identity: identity },
    })
  })
  afterAll(() => homeserver[Symbol.asyncDispose]())

  it('counts the clients of the prefaces', async () => {
    const ask = (source: string) => sendRaw(homeserver.port, `PROXY TCP4 ${source} 10.0.0.1 1 2\r\n${request}`)
    expect(statusOf(await ask('198.51.100.1'))).toBe(200)
    expect(statusOf(await ask('198.51.100.1'))).toBe(429)
    expect(statusOf(await ask('198.51.100.2'))).toBe(200)
  })

  it('reads the preface before the handshake', async () => {
    const raw = connectTcp(homeserver.server.pubkyTlsPort, '127.0.0.1')
    raw.write('PROXY TCP4 198.51.100.1 10.0.0.1 1 2\r\n')
    const socket = await connectTls({ socket: raw, serverKey: homeserver.server.publicKey })
    socket.write(request)
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(statusOf(text)).toBe(429)
  })

  it.each([
    ['no preface', request],
    ['an unknown client', `PROXY UNKNOWN\r\n${request}`],
    ['half a preface', 'PROXY TCP4 198.51'],
  ])('closes a connection with %s without a byte', async (_, bytes) => {
    expect(await sendRaw(homeserver.port, bytes)).toBe('')
  })
})

it('ends an HTTP/2 upload that it refuses half-way, and the connection goes on', async () => {
  await using homeserver = await startHomeserver({ drive: { max_body_bytes: 300_000 } })
  const user = await homeserver.signUp()
  const session = connectHttp2(`http://127.0.0.1:${homeserver.port}`)
  const headers = { ':path': `/storage/${user.z32}/pub/h2`, cookie: user.cookie }
  const upload = session.request({ ...headers, ':method': 'PUT' })
  const status = new Promise((resolve) => upload.once('response', (fields) => resolve(fields[':status'])))
  const told = new Promise((resolve) => upload.resume().once('aborted', resolve))
  for (let sent = 0; sent < 10; sent += 1) upload.write(Buffer.alloc(60_000))
  expect(await status).toBe(413)
  await told
  expect(upload.rstCode).toBe(constants.NGHTTP2_NO_ERROR)
  const stream = session.request({ ...headers, ':method': 'HEAD' }).resume()
  expect(await new Promise((resolve) => stream.once('response', (fields) => resolve(fields[':status'])))).toBe(404)
  session.destroy()
})

it('closes connections of proxies nobody trusts', async () => {
  const identity = { mode: 'proxy_protocol' as const, trusted_proxies: ['10.0.0.0/8'] }
  await using homeserver = await startHomeserver({ drive: { icann_client_identity: identity } })
  expect(await sendRaw(homeserver.port, `PROXY TCP4 198.51.100.1 10.0.0.1 1 2\r\nGET / HTTP/1.1\r\n${CLOSE}`)).toBe('')
})

it('believes X-Forwarded-For of configured proxies, from the right', async () => {
  const limit = { path: '/', method: 'GET', quota: '1r/m', key: 'ip' } as const
  await using homeserver = await startHomeserver({
    drive: { rate_limits: [limit], trusted_proxies: ['127.0.0.0/8', '10.0.0.0/8'] },
  })
  const from = async (chain: string) => (await homeserver.send('/', { headers: { 'x-forwarded-for': chain } })).status
  expect(await from('6.6.6.6, 198.51.100.1, 10.1.1.1')).toBe(200)
  expect(await from('7.7.7.7, 198.51.100.1')).toBe(429)
  expect(await from('198.51.100.2')).toBe(200)
})

it('counts IPv6 clients by their /64', async () => {
  const limit = { path: '/', method: 'GET', quota: '1r/m', key: 'ip' } as const
  await using homeserver = await startHomeserver({ drive: { rate_limits: [limit], trusted_proxies: ['127.0.0.0/8'] } })
  const from = async (address: string) =>
    (await homeserver.send('/', { headers: { 'x-forwarded-for': address } })).status
  expect(await from('2001:db8:1:1::1')).toBe(200)
  expect(await from('2001:db8:1:1:ffff::2')).toBe(429)
  expect(await from('2001:db8:1:2::1')).toBe(200)
})

it('starts with any key and stops twice', async () => {
  const homeserver = await startHomeserver({}, { keypair: Keypair.random() })
  await Promise.all([homeserver.server.stop(0), homeserver.server.stop(0)])
  await homeserver.server[Symbol.asyncDispose]()
  await expect(homeserver.send('/')).rejects.toThrow('ECONNREFUSED')
})
