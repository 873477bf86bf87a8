import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SessionStorage, UploadBody } from '../src/index.ts'
import { withGrants } from './grant-script.ts'
import { ScriptedNetwork } from './scripted-network.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

let network: ScriptedNetwork
let storage: SessionStorage

beforeEach(async () => {
  network = await ScriptedNetwork.start()
  network.script = withGrants(network)
  storage = (await network.pubky().signer(network.user).signin('files.example')).storage
})

afterEach(async () => {
  await network[Symbol.asyncDispose]()
})

/** A stream without an end that tells what became of it. */
function endless(): { stream: ReadableStream<Uint8Array>; cancelled: Promise<unknown> } {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((later) => setTimeout(later, 1))
      controller.enqueue(new Uint8Array(1_000))
    },
    cancel: resolve,
  })
  return { stream, cancelled: promise }
}

describe('an upload', () => {
  it('sends the bytes it was called with, of a Buffer too', async () => {
    const writes: ((bytes: Uint8Array) => Promise<unknown>)[] = [
      (bytes) => storage.putBytes('/pub/a', bytes),
      (bytes) => storage.upload('/pub/a', bytes),
      (bytes) => storage.upload('/pub/a', bytes, { onProgress: () => {} }),
    ]
    for (const write of writes) {
      const bytes = Buffer.from('as it was')
      const writing = write(bytes)
      bytes.fill('x')
      await writing
      expect(network.seen.at(-1)?.body.toString()).toBe('as it was')
    }
  })

  it('of what is no bytes and no text leaves no empty file behind', async () => {
    const writes: ((body: never) => Promise<unknown>)[] = [
      (body) => storage.putBytes('/pub/a', body),
      (body) => storage.putText('/pub/a', body),
      (body) => storage.upload('/pub/a', body),
    ]
    network.seen.splice(0)
    for (const write of writes) {
      for (const body of [undefined, null, 5, {}, [1, 2]]) {
        await expect(write(body as never)).rejects.toMatchObject({ name: 'InvalidInput' })
      }
    }
    expect(network.seen).toEqual([])
  })

  it('takes an ArrayBuffer', async () => {
    const buffer: unknown = new TextEncoder().encode('bytes').buffer
    await storage.upload('/pub/a', buffer as Uint8Array)
    expect(network.seen.at(-1)?.body.toString()).toBe('bytes')
    await storage.putBytes('/pub/a', buffer as Uint8Array)
    expect(network.seen.at(-1)?.body.toString()).toBe('bytes')
  })

  it('names no type of its own, whatever it is made of', async () => {
    for (const body of [new Blob(['{}'], { type: 'text/x-own' }), '{}', Buffer.from('{}')]) {
      await storage.upload('/pub/a.json', body)
      expect(network.seen.at(-1)?.headers).not.toHaveProperty('content-type')
    }
    await storage.upload('/pub/a.json', new Blob(['{}']), { contentType: 'application/json' })
    expect(network.seen.at(-1)?.headers).toHaveProperty('content-type', 'application/json')
  })

  it('is sent once more to a server that is busy, unless it is a stream', async () => {
    const blob = new Blob(['the same again'])
    const bodies = [blob, 'the same again', blob.stream()]
    for (const body of bodies) {
      let refusals = 1
      network.seen.length = 0
      network.script = () => (refusals-- > 0 ? { status: 503, headers: { 'retry-after': '0' } } : {})
      const uploading = storage.upload('/pub/a', body, { onProgress: () => {} })
      if (body instanceof ReadableStream) await expect(uploading).rejects.toMatchObject({ data: { statusCode: 503 } })
      else await uploading
      const sent = network.seen.filter(({ method }) => method === 'PUT')
      expect(sent.map((request) => request.body.toString())).toEqual(
        Array.from({ length: body instanceof ReadableStream ? 1 : 2 }, () => 'the same again'),
      )
      if (!(body instanceof ReadableStream)) expect(sent[0]?.headers['content-length']).toBe('14')
    }
  })

  it('of nothing reports that nothing was to be sent', async () => {
    const empty = new Blob([])
    const bodies: [UploadBody, number | undefined][] = [
      ['', 0],
      [new Uint8Array(0), 0],
      [empty, 0],
      [empty.stream(), undefined],
    ]
    for (const [body, total] of bodies) {
      const seen: unknown[] = []
      await storage.upload('/pub/a', body, { onProgress: (progress) => seen.push(progress) })
      expect(seen).toEqual([{ transferred: 0, total }])
      expect(network.seen.at(-1)?.body).toHaveLength(0)
    }
  })

  it('whose source fails says so', async () => {
    const cause = new Error('the disk is gone')
    for (const onProgress of [undefined, () => {}]) {
      let left = 2
      const source = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (left-- === 0) throw cause
          controller.enqueue(new Uint8Array(1000))
        },
      })
      await expect(storage.upload('/pub/a', source, onProgress && { onProgress })).rejects.toMatchObject({
        name: 'RequestError',
        message: 'Request failed: HTTP transport error: the disk is gone',
        data: { kind: 'body' },
        cause,
      })
    }
  })

  it('that is cancelled by what its source fails with as well ends with the reason', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const source = new ReadableStream<Uint8Array>({
      start: (stream) => controller.signal.addEventListener('abort', () => stream.error(new Error('source'))),
    })
    const uploading = storage.upload('/pub/a', source, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 30)
    await expect(uploading).rejects.toBe(reason)
  })

  it('that is cancelled lets go of its stream', async () => {
    for (const onProgress of [undefined, () => {}]) {
      const controller = new AbortController()
      const { stream, cancelled } = endless()
      const options = { signal: controller.signal, ...(onProgress && { onProgress }) }
      const uploading = storage.upload('/pub/a', stream, options)
      setTimeout(() => controller.abort(new Error('enough')), 30)
      await expect(uploading).rejects.toThrow('enough')
      await expect(cancelled).resolves.toBeInstanceOf(Error)
    }
  })

  it('that is cancelled before it begins lets go of its stream', async () => {
    const early = endless()
    const signal = AbortSignal.abort(new Error('never mind'))
    await expect(storage.upload('/pub/a', early.stream, { signal })).rejects.toThrow('never mind')
    await expect(early.cancelled).resolves.toBeInstanceOf(Error)
  })

  it('keeps nothing of what has been sent', async () => {
    const sent: WeakRef<Uint8Array>[] = []
    let kept = 0
    const stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((later) => setImmediate(later))
        if (sent.length < 100) {
          const chunk = new Uint8Array(65_536)
          sent.push(new WeakRef(chunk))
          return controller.enqueue(chunk)
        }
        collectGarbage()
        kept = sent.filter((chunk) => chunk.deref() !== undefined).length
        controller.close()
      },
    })
    await storage.upload('/pub/a', stream)
    expect(network.seen.at(-1)?.body).toHaveLength(100 * 65_536)
    expect(kept).toBeLessThan(50)
  })

  it('that finds no connection lets go of its stream', async () => {
    await storage.exists('/pub/a')
    await network[Symbol.asyncDispose]()
    for (const onProgress of [undefined, () => {}]) {
      const { stream, cancelled } = endless()
      const uploading = storage.upload('/pub/a', stream, onProgress && { onProgress })
      await expect(uploading).rejects.toMatchObject({ data: { kind: 'connection' } })
      await expect(cancelled).resolves.toBeDefined()
    }
  })

  it('that the network ends lets go of its stream', async () => {
    const { stream, cancelled } = endless()
    const uploading = storage.upload('/pub/a', stream)
    setTimeout(() => void network[Symbol.asyncDispose](), 30)
    await expect(uploading).rejects.toMatchObject({ name: 'RequestError' })
    await cancelled
  })
})

describe('conditions and ranges that the server does not announce', () => {
  it('are refused before anything is sent', async () => {
    const stream = new Blob(['still unread']).stream()
    const attempts = [
      () => storage.upload('/pub/a', stream, { ifAbsent: true }),
      () => storage.upload('/pub/a', 'x', { ifMatch: 'abc' }),
      () => storage.download('/pub/a', { range: { start: 0 } }),
    ]
    network.seen.length = 0
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ name: 'ClientStateError' })
    expect(network.seen.map(({ target }) => target)).toEqual(['/info'])
    expect(stream.locked).toBe(false)
  })

  it('are sent where it does', async () => {
    network.features = ['path-addressed-storage', 'conditional-writes', 'byte-ranges']
    await storage.upload('/pub/a', 'x', { ifMatch: 'W/abc' })
    expect(network.seen.at(-1)?.headers).toHaveProperty('if-match', 'W/"abc"')
    await storage.upload('/pub/a', 'x', { ifAbsent: true })
    expect(network.seen.at(-1)?.headers).toHaveProperty('if-none-match', '*')
    await storage.download('/pub/a', { range: { start: 2, end: 5 } })
    expect(network.seen.at(-1)?.headers).toHaveProperty('range', 'bytes=2-4')
  })
})
