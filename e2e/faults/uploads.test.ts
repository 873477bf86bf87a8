import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect as connectHttp2, constants } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Account, answerTo, FaultServer } from './server.ts'

/** Largest body that is kept with its row. */
const INLINE = 65_536

let folder: string
let server: FaultServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pubky-uploads-'))
  server = await FaultServer.start(folder)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const unfinished = () => readdir(join(server.data, 'bodies', 'tmp'))
const stored = async () =>
  (await readdir(join(server.data, 'bodies', 'objects'), { recursive: true })).filter((name) => name.length > 30)

async function usage({ cookie, user }: Account): Promise<string> {
  const answer = await server.send('GET', '/auth/account', { headers: { cookie, 'pubky-host': user } })
  expect(answer.status).toBe(200)
  return answer.body.toString()
}

describe('an upload that breaks off', () => {
  const CASES = [0, 1, INLINE - 1, INLINE, INLINE + 1].map((received) => [received, received + 1])

  test.each([...CASES, [0, 500_000], [1, 500_000], [499_999, 500_000]])(
    'after %d of %d bytes leaves the old file, its usage and the log as they were',
    async (received, length) => {
      const account = await server.signUp()
      const target = `/storage/${account.user}/pub/f`
      await server.put(account, '/pub/f', Buffer.from('old content'))
      const before = [await usage(account), (await server.feed()).length]
      for (const headers of [{ 'content-length': length }, { 'transfer-encoding': 'chunked' }]) {
        const request = server.open('PUT', target, { cookie: account.cookie, ...headers })
        const broken = answerTo(request).catch((error: Error) => error)
        request.write(randomBytes(received))
        await sleep(50)
        request.destroy()
        expect(await broken).toBeInstanceOf(Error)
      }
      await expect.poll(unfinished).toEqual([])
      expect((await server.get(account, '/pub/f')).body.toString()).toBe('old content')
      expect([await usage(account), (await server.feed()).length]).toEqual(before)
      expect(await stored()).toEqual([])
    },
  )

  test.each(['stream', 'connection'])('leaves nothing when its HTTP/2 %s goes', async (what) => {
    const account = await server.signUp()
    await server.put(account, '/pub/f', Buffer.from('old content'))
    const session = connectHttp2(server.url)
    session.on('error', () => {})
    const upload = session.request({
      ':method': 'PUT',
      ':path': `/storage/${account.user}/pub/f`,
      cookie: account.cookie,
      'content-length': 500_000,
    })
    upload.on('error', () => {})
    upload.write(randomBytes(200_000))
    await expect.poll(unfinished).toHaveLength(1)
    if (what === 'stream') upload.close(constants.NGHTTP2_CANCEL)
    else session.destroy()
    await expect.poll(unfinished).toEqual([])
    expect((await server.get(account, '/pub/f')).body.toString()).toBe('old content')
    session.destroy()
  })

  test('that ends exactly is written, even if the client does not wait for the answer', async () => {
    const account = await server.signUp()
    const body = randomBytes(300_000)
    const request = server.open('PUT', `/storage/${account.user}/pub/f`, {
      cookie: account.cookie,
      'content-length': body.length,
    })
    const broken = answerTo(request).catch((error: Error) => error)
    await new Promise<void>((resolve) => request.write(body, () => resolve()))
    await sleep(20)
    request.destroy()
    await broken
    await expect.poll(async () => (await server.get(account, '/pub/f')).status).toBe(200)
    expect((await server.get(account, '/pub/f')).body.equals(body)).toBe(true)
    await server.delete(account, '/pub/f')
  })
})

test('overlapping uploads to one path leave one of the two, whole', async () => {
  const account = await server.signUp()
  for (const size of [1_000, 60_000, 400_000]) {
    const [one, two] = [Buffer.alloc(size, 'A'), Buffer.alloc(size, 'B')]
    for (let round = 0; round < 8; round += 1) {
      const uploads = [one, two].map((body) => {
        const request = server.open('PUT', `/storage/${account.user}/pub/f`, {
          cookie: account.cookie,
          'content-length': size,
        })
        return { request, body, answer: answerTo(request) }
      })
      const step = Math.ceil(size / 5)
      for (let offset = 0; offset < size; offset += step) {
        for (const { request, body } of uploads) request.write(body.subarray(offset, offset + step))
        await new Promise((resolve) => setImmediate(resolve))
        // Reads in between see a whole version, too.
        const { status, body } = await server.get(account, '/pub/f')
        if (status === 200) expect(new Set(body).size).toBe(1)
      }
      for (const { request } of uploads) request.end()
      for (const { answer } of uploads) expect((await answer).status).toBe(201)
      const { body } = await server.get(account, '/pub/f')
      expect(body.equals(one) || body.equals(two)).toBe(true)
    }
  }
  await server.delete(account, '/pub/f')
})

test('a download that runs while its file is replaced and deleted delivers the version it started with', async () => {
  const account = await server.signUp()
  const [one, two] = [randomBytes(8_000_000), randomBytes(8_000_000)]
  await server.put(account, '/pub/f', one)
  const request = server.open('GET', `/storage/${account.user}/pub/f`)
  request.end()
  const parts: Buffer[] = []
  await new Promise<void>((resolve, reject) => {
    request.once('error', reject)
    request.once('response', (response) => {
      response.once('end', resolve)
      response.once('error', reject)
      response.once('readable', async () => {
        await server.put(account, '/pub/f', two)
        await server.delete(account, '/pub/f')
        response.on('data', (part: Buffer) => parts.push(part))
      })
    })
  })
  expect(Buffer.concat(parts).equals(one)).toBe(true)
  expect((await server.get(account, '/pub/f')).status).toBe(404)
  await expect.poll(stored).toEqual([])
})

describe('a bit that flipped on the disk', () => {
  async function flip(path: string, offset: number): Promise<void> {
    const bytes = await readFile(path)
    bytes[offset] = (bytes[offset] ?? 0) ^ 1
    await writeFile(path, bytes)
  }

  function getOverHttp2({ user, cookie }: Account, path: string): Promise<void> {
    const session = connectHttp2(server.url)
    const stream = session.request({ ':path': `/storage/${user}${path}`, cookie })
    stream.resume()
    return new Promise<void>((resolve, reject) => {
      stream.once('error', reject)
      stream.once('close', resolve)
    }).finally(() => session.close())
  }

  test('in a stored file is found on read and never served', async () => {
    const account = await server.signUp()
    // Private files are read from the disk each time; popular public ones are kept in memory.
    await server.put(account, '/priv/f', Buffer.alloc(200_000, 'x'))
    const [name = ''] = await stored()
    await flip(join(server.data, 'bodies', 'objects', name), 70)
    expect((await server.get(account, '/priv/f')).status).toBe(500)
    await flip(join(server.data, 'bodies', 'objects', name), 70)
    expect((await server.get(account, '/priv/f')).body.length).toBe(200_000)
    // Behind the first chunk the status is out already: what was good comes, and the connection ends short.
    await flip(join(server.data, 'bodies', 'objects', name), 150_000)
    await expect(server.get(account, '/priv/f')).rejects.toThrow()
    await expect(getOverHttp2(account, '/priv/f')).rejects.toThrow()
    expect((await server.delete(account, '/priv/f')).status).toBe(204)
  })

  test('in the database is found on read and never served', async () => {
    const account = await server.signUp()
    await server.put(account, '/pub/f', Buffer.alloc(3_000, 'x'))
    await server.stop()
    const database = join(server.data, 'homeserver.sqlite')
    const bytes = await readFile(database)
    // Deleted bodies of earlier tests may still lie in free pages: one of the headers is ours.
    const offsets: number[] = []
    for (let at = bytes.indexOf('PKYBLOB1'); at !== -1; at = bytes.indexOf('PKYBLOB1', at + 1)) offsets.push(at)
    expect(offsets.length).toBeGreaterThan(0)
    let found = 0
    for (const offset of offsets) {
      await flip(database, offset + 1_000)
      await server.restart()
      const damaged = await server.get(account, '/pub/f')
      if (damaged.status === 500) {
        found += 1
        expect(damaged.body.includes('xxx')).toBe(false)
      }
      await server.stop()
      await flip(database, offset + 1_000)
    }
    expect(found).toBeGreaterThan(0)
    await server.restart()
    expect((await server.get(account, '/pub/f')).body.equals(Buffer.alloc(3_000, 'x'))).toBe(true)
  })
})
