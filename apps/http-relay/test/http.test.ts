import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { call, startRelay, until } from './relay.ts'

async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1')
  let answer = ''
  socket.on('data', (chunk: string) => {
    answer += chunk
  })
  socket.on('error', () => {})
  socket.write(text)
  await once(socket, 'close')
  return answer
}

describe('routes and methods (spec 06 §3)', () => {
  it.each([
    '/inbox',
    '/inbox/',
    '/inbox/a/',
    '/inbox/a/b',
    '/inbox/a/ack/',
    '/inbox//ack',
    '/link/',
    '/link/a/ack',
    '//inbox/a',
    '/x',
    '/inbox/a/ack/b',
  ])('%s is not found: no body, no content type', async (path) => {
    await using relay = await startRelay()
    const { status, text, headers } = await call(relay, 'POST', path)
    expect([status, text, headers.get('content-type')]).toEqual([404, '', null])
  })

  it.each([
    ['PUT', '/inbox/a', 'GET,HEAD,POST,DELETE'],
    ['PATCH', '/inbox/a?x=1', 'GET,HEAD,POST,DELETE'],
    ['PUT', '/link/a', 'GET,HEAD,POST'],
    ['DELETE', '/link/a', 'GET,HEAD,POST'],
    ['POST', '/inbox/a/ack', 'GET,HEAD'],
    ['DELETE', '/inbox/a/await', 'GET,HEAD'],
    ['POST', '/', 'GET,HEAD'],
    ['OPTIONS', '/link/a', 'GET,HEAD,POST'],
  ])('%s %s is 405 with the methods that are', async (method, path, allow) => {
    await using relay = await startRelay({ cors: false })
    const { status, text, headers } = await call(relay, method, path)
    expect([status, text, headers.get('allow'), headers.get('content-type')]).toEqual([405, '', allow, null])
  })

  it('every answer may not be cached', async () => {
    await using relay = await startRelay()
    for (const path of ['/', '/x', '/inbox/a/ack']) {
      expect((await call(relay, 'GET', path)).headers.get('cache-control')).toBe('no-store')
    }
  })

  it('messages have no part in the origin of the relay', async () => {
    await using relay = await startRelay()
    await call(relay, 'POST', '/inbox/a', '<script>…</script>', { 'content-type': 'text/html' })
    const handedOver = call(relay, 'GET', '/link/b')
    await call(relay, 'POST', '/link/b', '<script>…</script>', { 'content-type': 'text/html' })
    for (const { headers } of [await call(relay, 'GET', '/inbox/a'), await handedOver]) {
      const fields = ['content-type', 'content-security-policy', 'x-content-type-options'].map((name) =>
        headers.get(name),
      )
      expect(fields).toEqual(['text/html', 'sandbox', 'nosniff'])
    }
  })

  it('ids are one percent-decoded segment', async () => {
    await using relay = await startRelay()
    await call(relay, 'POST', '/inbox/a%2Fb?query=1', 'slash')
    expect((await call(relay, 'GET', '/inbox/%61%2fb')).text).toBe('slash')
    await call(relay, 'POST', '/inbox/100%', 'percent')
    expect((await call(relay, 'GET', '/inbox/100%25')).text).toBe('percent')
    const bad = await call(relay, 'GET', '/inbox/%ff')
    expect([bad.status, bad.text]).toEqual([400, 'Invalid URL: Invalid UTF-8 in `id`'])
    expect(bad.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  it('both doors share their entries', async () => {
    await using relay = await startRelay()
    await call(relay, 'POST', '/inbox/a', 'x')
    const read = await call(relay, 'GET', '/link/a')
    expect([read.status, read.text, read.headers.get('deprecation')]).toEqual([200, 'x', 'true'])
    expect((await call(relay, 'GET', '/inbox/a/ack')).text).toBe('true')
    const sending = call(relay, 'POST', '/link/b', 'y')
    await until(() => relay.waiterCount === 1)
    expect((await call(relay, 'GET', '/inbox/b')).text).toBe('y')
    expect((await call(relay, 'DELETE', '/inbox/b')).status).toBe(200)
    expect((await sending).status).toBe(200)
  })

  it('a link wait that runs out is 408: marked for senders, not for readers', async () => {
    await using relay = await startRelay({ linkTimeoutMs: 40 })
    const [read, sent] = await Promise.all([call(relay, 'GET', '/link/a'), call(relay, 'POST', '/link/b', 'x')])
    expect([read.status, read.headers.get('deprecation')]).toEqual([408, null])
    expect([sent.status, sent.headers.get('deprecation')]).toEqual([408, 'true'])
  })

  it('short ids can be refused', async () => {
    await using relay = await startRelay({ minIdBytes: 16 })
    expect(await call(relay, 'POST', '/inbox/short', 'x')).toMatchObject({ status: 400, text: 'Inbox ID too short' })
    expect((await call(relay, 'POST', '/inbox/0123456789abcdef', 'x')).status).toBe(200)
  })
})

describe('CORS (spec 06 §6)', () => {
  const origin = 'https://app.example'
  const vary = 'origin, access-control-request-method, access-control-request-headers'

  it.each([
    ['GET', '/', 200],
    ['GET', '/x', 404],
    ['PUT', '/inbox/a', 405],
    ['POST', '/inbox/large', 413],
  ])('%s %s (%i) mirrors the origin', async (method, path, status) => {
    await using relay = await startRelay()
    const body = status === 413 ? 'x'.repeat(3000) : undefined
    const answer = await call(relay, method, path, body, { origin })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
    expect(answer.headers.get('vary')).toBe(vary)
    expect((await call(relay, 'GET', '/')).headers.get('access-control-allow-credentials')).toBe('true')
  })

  it('any preflight is 200 and mirrors what was asked for', async () => {
    await using relay = await startRelay()
    const asked = { origin, 'access-control-request-method': 'DELETE', 'access-control-request-headers': 'x-a' }
    for (const [path, allow] of [
      ['/inbox/a', 'GET,HEAD,POST,DELETE'],
      ['/nowhere', null],
    ] as const) {
      const { status, text, headers } = await call(relay, 'OPTIONS', path, undefined, asked)
      expect([status, text, headers.get('allow')]).toEqual([200, '', allow])
      expect(headers.get('access-control-allow-methods')).toBe('DELETE')
      expect(headers.get('access-control-allow-headers')).toBe('x-a')
      expect(headers.get('access-control-max-age')).toBeNull()
      expect(headers.get('content-type')).toBeNull()
    }
  })

  it('a list lets its origins in only', async () => {
    await using relay = await startRelay({ cors: { origins: [origin] } })
    const allowed = await call(relay, 'GET', '/', undefined, { origin })
    const other = await call(relay, 'GET', '/', undefined, { origin: 'https://evil.example' })
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin)
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('bad input', () => {
  it('a chunked body over the limit is 413, and the client gets to see it', async () => {
    await using relay = await startRelay()
    const chunk = `${(4096).toString(16)}\r\n${'x'.repeat(4096)}\r\n`
    const head = 'POST /inbox/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
    const answer = await raw(relay.port, head + chunk.repeat(8))
    expect(answer).toMatch(/^HTTP\/1.1 413 /)
    expect(answer).toContain('length limit exceeded')
    expect(relay.entryCount).toBe(0)
  })

  it('a declared length over the limit is refused before the body', async () => {
    await using relay = await startRelay()
    const answer = await raw(relay.port, 'POST /inbox/a HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 413 /)
  })

  it('a client that goes away in the middle of its body stores nothing', async () => {
    await using relay = await startRelay()
    const socket = connect(relay.port, '127.0.0.1')
    socket.write('POST /inbox/a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345')
    await once(socket, 'connect')
    socket.destroy()
    expect((await call(relay, 'GET', '/inbox/a/ack')).status).toBe(404)
    expect(relay.entryCount).toBe(0)
  })

  it('a content type with control or foreign characters is not passed on', async () => {
    await using relay = await startRelay()
    const head =
      'POST /inbox/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: t\xe9xt\r\nContent-Length: 1\r\n\r\nx'
    const socket = connect(relay.port, '127.0.0.1')
    socket.end(Buffer.from(head, 'latin1'))
    await once(socket.resume(), 'close')
    expect((await call(relay, 'GET', '/inbox/a')).headers.get('content-type')).toBe('application/octet-stream')
  })
})

describe('limits per address (spec 06 §4.10 Better)', () => {
  it('messages beyond the quota are 429 with Retry-After, reads are not', async () => {
    await using relay = await startRelay({ postQuota: { requests: 2, periodSeconds: 60 } })
    const statuses: number[] = []
    for (const id of ['a', 'b', 'c']) statuses.push((await call(relay, 'POST', `/inbox/${id}`, 'x')).status)
    expect(statuses).toEqual([200, 200, 429])
    expect((await call(relay, 'POST', '/inbox/d', 'x')).headers.get('retry-after')).toBe('29')
    expect((await call(relay, 'GET', '/inbox/a')).status).toBe(200)
  })

  it('forwarding headers count from trusted proxies only', async () => {
    const postQuota = { requests: 1, periodSeconds: 60 } as const
    await using direct = await startRelay({ postQuota })
    await using proxied = await startRelay({ postQuota, trustedProxies: ['127.0.0.0/8'] })
    for (const [relay, expected] of [
      [direct, [200, 429]],
      [proxied, [200, 200]],
    ] as const) {
      const statuses: number[] = []
      for (const address of ['198.51.100.1', '198.51.100.2']) {
        const headers = { 'x-forwarded-for': address }
        statuses.push((await call(relay, 'POST', '/inbox/a', 'x', headers)).status)
      }
      expect(statuses).toEqual(expected)
    }
  })

  it('waits beyond the limit are 429, and a place is free when its wait ends', async () => {
    await using relay = await startRelay({ maxWaitsPerAddress: 2 })
    const waits = ['a', 'b'].map((id) => call(relay, 'GET', `/inbox/${id}`))
    await until(() => relay.waiterCount === 2)
    expect((await call(relay, 'GET', '/link/c')).status).toBe(429)
    await call(relay, 'POST', '/inbox/a', 'x')
    await waits[0]
    const third = call(relay, 'GET', '/inbox/c')
    await until(() => relay.waiterCount === 2)
    await call(relay, 'POST', '/inbox/b', 'x')
    await call(relay, 'POST', '/inbox/c', 'x')
    expect((await third).status).toBe(200)
  })
})

describe('stop', () => {
  it('ends waits as if they had timed out', async () => {
    const relay = await startRelay()
    const waiting = call(relay, 'GET', '/inbox/a')
    await until(() => relay.waiterCount === 1)
    await relay.stop()
    expect((await waiting).status).toBe(408)
    await relay.stop()
    await expect(call(relay, 'GET', '/')).rejects.toThrow()
  })

  it('a taken port is a clear error', async () => {
    await using relay = await startRelay()
    await expect(startRelay({ port: relay.port, portOption: '--http-relay-port' })).rejects.toThrow(
      `port ${relay.port} is taken by another program. Stop that program, or choose another port with --http-relay-port.`,
    )
  })
})
