import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { connect as connectHttp2, constants, createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect, createServer, Server, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import {
  BodyWatch,
  type HttpLimits,
  type HttpServer,
  honoListener,
  serveConnections,
  startHttpServer,
  WatchedHttp2Request,
} from '../src/index.ts'

const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const item of running.splice(0)) await item[Symbol.asyncDispose]()
})

async function serve(listener: RequestListener, limits: Partial<HttpLimits> = {}, host = '127.0.0.1') {
  const server = await startHttpServer({ name: 'test', listener, host, port: 0, portOption: '--port', limits })
  running.push(server)
  return server
}

const ok: RequestListener = (request, response) => {
  request.resume()
  response.end('ok')
}

async function open(server: HttpServer): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => {})
  running.push({ [Symbol.asyncDispose]: async () => void socket.destroy() })
  await once(socket, 'connect')
  return socket
}

/** Sends raw bytes and gives everything that came back until the server closed. */
async function exchange(server: HttpServer, text: string): Promise<string> {
  const socket = await open(server)
  let answer = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answer += chunk
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}

describe('listening', () => {
  it.each(['localhost', '*'])('%s is both address families on one port', async (host) => {
    const server = await serve(ok, {}, host)
    expect(server.addresses).toHaveLength(2)
    for (const name of ['127.0.0.1', '[::1]', 'localhost']) {
      expect(await (await fetch(`http://${name}:${server.port}/`)).text()).toBe('ok')
    }
  })

  it.each(['127.0.0.1', '*', 'localhost'])('a taken port on %s names the port and the option', async (host) => {
    const { port } = await serve(ok, {}, host)
    const second = startHttpServer({ name: 'relay', listener: ok, host, port, portOption: '--relay-port' })
    await expect(second).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringMatching(new RegExp(`^relay cannot listen .*port ${port} is taken.* --relay-port\\.$`)),
    })
  })

  it('an address that is not of this machine is an error with the option', async () => {
    const started = startHttpServer({ name: 'relay', listener: ok, host: '192.0.2.1', port: 0, portOption: '--bind' })
    await expect(started).rejects.toMatchObject({ code: 'listen', message: expect.stringContaining('--bind') })
  })

  it('lives on when a connection cannot be accepted', async () => {
    let listening: Server | undefined
    const watch = (message: unknown) => {
      if (typeof message === 'object' && message !== null && 'server' in message && message.server instanceof Server)
        listening = message.server
    }
    subscribe('tracing:net.server.listen:asyncStart', watch)
    const server = await serve(ok)
    unsubscribe('tracing:net.server.listen:asyncStart', watch)
    listening?.emit('error', new Error('accept EMFILE'))
    expect(listening).toBeDefined()
    expect(await (await fetch(server.url)).text()).toBe('ok')
  })

  it('a Hono app answers, and what escapes it is a bare 500', async () => {
    const app = new Hono()
    app.get('/', (c) => c.text('hono'))
    const errors: unknown[] = []
    const failing = {
      fetch: (request: Request) => {
        if (request.url.endsWith('/fail')) throw new Error('boom')
        return app.fetch(request)
      },
    }
    const server = await serve(honoListener(failing, (error) => errors.push(error)))
    expect(await (await fetch(server.url)).text()).toBe('hono')
    const failed = await fetch(`${server.url}/fail`)
    expect([failed.status, await failed.text(), errors.length]).toEqual([500, '', 1])
  })

  it('serves connections that come from elsewhere', async () => {
    const inner = serveConnections({ listener: ok })
    const outer = createServer((socket) => inner.accept(socket)).listen(0, '127.0.0.1')
    await once(outer, 'listening')
    const address = outer.address()
    const port = typeof address === 'object' ? address?.port : undefined
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('ok')
    await inner.stop()
    await new Promise((resolve) => outer.close(resolve))
    expect(inner.connections).toBe(0)
  })
})

describe('hardening', () => {
  it.each([
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['an absolute target', 'GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a target without a slash', 'GET evil HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a target with a fragment', 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a target with a tag', 'GET /?<a> HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['* outside OPTIONS', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['1.0 with chunks', 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['length and chunks', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['a coding nobody undoes', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 501],
    ['a flood of headers', `GET / HTTP/1.1\r\nHost: a\r\n${'x: y\r\n'.repeat(200)}\r\n`, 431],
    ['3,000 headers', `GET / HTTP/1.1\r\nHost: a\r\n${'x:\r\n'.repeat(3000)}\r\n`, 431],
    ['a huge head', `GET / HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['a bare CR', 'GET / HTTP/1.1\rHost: a\r\n\r\n', 400],
  ])('%s are refused', async (_, text, status) => {
    const reached: string[] = []
    const server = await serve((request, response) => {
      reached.push(request.url ?? '')
      ok(request, response)
    })
    expect(await exchange(server, text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(reached).toEqual([])
  })

  it('100 headers pass', async () => {
    const server = await serve(ok)
    const text = `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${'x: y\r\n'.repeat(98)}\r\n`
    expect(await exchange(server, text)).toMatch(/^HTTP\/1.1 200 /)
  })

  it('a trickling head loses its connection', async () => {
    const server = await serve(ok, { headersTimeoutMs: 50 })
    expect(await exchange(server, 'GET / HTTP/1.1\r\nHost: a\r\n')).toMatch(/^(HTTP\/1.1 408 |$)/)
  })

  it('a body that stops half-way loses its connection', async () => {
    const ended = Promise.withResolvers<boolean>()
    const server = await serve(
      (request) => {
        request.resume().on('close', () => ended.resolve(request.complete))
        request.on('error', () => {})
      },
      { bodyWindowMs: 120 },
    )
    expect(await exchange(server, 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345')).toBe('')
    expect(await ended.promise).toBe(false)
  })

  it('a body of HTTP/2 that stops half-way loses its stream, and its connection goes on', async () => {
    const watch = new BodyWatch({ windowMs: 120, minBytes: 1024 })
    const server = createHttp2Server({ Http2ServerRequest: WatchedHttp2Request }, (request, response) => {
      if (!(request instanceof WatchedHttp2Request)) throw new TypeError('another class')
      watch.add(request)
      request.resume().once('end', () => response.end('ok'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    running.push({
      async [Symbol.asyncDispose]() {
        session.destroy()
        watch.close()
        server.close()
      },
    })
    const slow = session.request({ ':method': 'PUT' }).on('error', () => {})
    slow.write('12345')
    await once(slow, 'close')
    expect(slow.rstCode).toBe(constants.NGHTTP2_CANCEL)
    const [fields] = await once(session.request({ ':method': 'PUT' }).end('12345'), 'response')
    expect(fields[':status']).toBe(200)
  })

  it.each(['socket', 'stream'])('a slow body that keeps coming is not cut off (%s)', async (kind) => {
    const lengths: number[] = []
    const listener: RequestListener = async (request, response) => {
      let length = 0
      for await (const chunk of request) length += Buffer.from(chunk).length
      lengths.push(length)
      response.end('ok')
    }
    const limits = { bodyWindowMs: 600, minBodyBytes: 10 }
    const inner = serveConnections({ listener, limits })
    const accept = (socket: Socket) => inner.accept(kind === 'socket' ? socket : duplexOf(socket))
    const outer = createServer({ allowHalfOpen: true }, accept).listen(0, '127.0.0.1')
    await once(outer, 'listening')
    running.push(inner, { [Symbol.asyncDispose]: async () => void outer.close() })
    const address = outer.address()
    const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
    socket.write('PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 400\r\n\r\n')
    for (let index = 0; index < 40; index++) {
      await sleep(20)
      socket.write('x'.repeat(10))
    }
    await once(socket.resume(), 'close')
    expect(lengths).toEqual([400])
  })

  it('a request is not held on to once its body has arrived, even if it is only read by its length', async () => {
    const requests: WeakRef<object>[] = []
    const server = await serve(async (request, response) => {
      requests.push(new WeakRef(request))
      if (request.readableLength < 5) await once(request, 'readable')
      response.end(request.read(5))
    })
    const socket = await open(server)
    for (let index = 0; index < 20; index++) {
      socket.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345')
      await once(socket, 'data')
    }
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    await sleep(10)
    collect()
    expect(requests).toHaveLength(20)
    // The last one still hangs on its connection, and one may lie on the stack.
    expect(requests.filter((request) => request.deref() !== undefined).length).toBeLessThan(5)
  })

  it('a body that the server does not read yet may wait', async () => {
    const server = await serve(
      async (request, response) => {
        await sleep(300)
        ok(request, response)
      },
      { bodyWindowMs: 60 },
    )
    const socket = await open(server)
    socket.setEncoding('latin1').write('PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
    const [answer] = await once(socket, 'data')
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
  })

  it('connections beyond the limit are closed, and a free place is usable again', async () => {
    const server = await serve(ok, { maxConnections: 2 })
    const sockets = [await open(server), await open(server)]
    expect(await exchange(server, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('')
    sockets[0]?.destroy()
    while (server.connections > 1) await sleep(5)
    expect(await exchange(server, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /)
  })
})

describe('pipelining', () => {
  it('requests of a connection run one after the other', async () => {
    const log: string[] = []
    const server = await serve(async (request, response) => {
      request.resume()
      log.push(`begin ${request.url}`)
      if (request.url === '/a') await sleep(30)
      log.push(`end ${request.url}`)
      response.end(request.url)
    })
    const put = (path: string, more = '') => `PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n${more}\r\nhi`
    const answer = await exchange(server, put('/a') + put('/b') + put('/c', 'Connection: close\r\n'))
    expect(answer.match(/\/[abc]/g)).toEqual(['/a', '/b', '/c'])
    expect(log).toEqual(['/a', '/b', '/c'].flatMap((path) => [`begin ${path}`, `end ${path}`]))
  })

  it('what follows a request for an upgrade is not lost unseen: the answer closes the connection', async () => {
    const server = await serve(ok)
    const upgrade = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'
    const answer = await exchange(server, `${upgrade}GET / HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
    expect(answer).toContain('Connection: close')
  })

  it('what waits on a connection that is gone does not run', async () => {
    const seen: (string | undefined)[] = []
    const begun = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    const server = await serve((request, response) => {
      seen.push(request.url)
      begun.resolve()
      response.once('close', gone.resolve)
    })
    const socket = await open(server)
    socket.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n')
    await begun.promise
    socket.destroy()
    await gone.promise
    await server.stop()
    expect(seen).toEqual(['/1'])
  })

  it('a client that sends requests without end is cut off', async () => {
    const server = await serve(() => {})
    expect(await exchange(server, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200))).toBe('')
  })
})

describe('Expect: 100-continue', () => {
  const head = 'PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n'

  it.each(['node', 'hono'])('the body is asked for when it is read (%s)', async (kind) => {
    const app = new Hono().put('/', async (c) => c.text(await c.req.text()))
    const raw: RequestListener = (request, response) => void request.pipe(response)
    const server = await serve(kind === 'hono' ? honoListener(app) : raw)
    const socket = await open(server)
    socket.setEncoding('latin1').write(head)
    const [first] = await once(socket, 'data')
    expect(first).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    socket.write('12345')
    const [second] = await once(socket, 'data')
    expect(second).toMatch(/^HTTP\/1.1 200 /)
    expect(second).toContain('keep-alive')
  })

  it('a refusal comes without 100, and the connection closes', async () => {
    const server = await serve((_, response) => response.writeHead(403).end())
    const answer = await exchange(server, head)
    expect(answer).toMatch(/^HTTP\/1.1 403 /)
    expect(answer).toContain('Connection: close')
  })
})

describe('stopping', () => {
  it('lets a running request finish, closes idle connections, and refuses new ones', async () => {
    const begun = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<void>()
    const server = await serve(async (_, response) => {
      begun.resolve()
      await finish.promise
      response.end('finished')
    })
    const idle = await open(server)
    const idleClosed = once(idle, 'close')
    const answer = fetch(server.url)
    await begun.promise
    const stopped = server.stop()
    expect(server.stopping.aborted).toBe(true)
    await idleClosed
    await expect(fetch(server.url)).rejects.toThrow()
    finish.resolve()
    expect(await (await answer).text()).toBe('finished')
    await stopped
    await server.stop()
  })

  it('ends what is still running after the drain time', async () => {
    const begun = Promise.withResolvers<void>()
    const server = await serve(() => begun.resolve())
    const answer = fetch(server.url)
    answer.catch(() => {})
    await begun.promise
    await server.stop(30)
    await expect(answer).rejects.toThrow()
    expect(server.connections).toBe(0)
  })

  it('a long poll that listens to the stop signal ends early', async () => {
    const begun = Promise.withResolvers<void>()
    const server: HttpServer = await serve((_, response) => {
      server.stopping.addEventListener('abort', () => response.writeHead(503).end())
      begun.resolve()
    })
    const answer = fetch(server.url)
    await begun.promise
    await server.stop(60_000)
    expect((await answer).status).toBe(503)
  })
})

/** The bytes of a socket as a stream that is none, as TLS gives them. */
function duplexOf(socket: Socket): Duplex {
  return Duplex.from({ readable: socket, writable: socket })
}
