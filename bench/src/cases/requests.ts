import type { LoadClient } from '../load/http-client.ts'
import type { ExpectedAnswer, RequestSource } from '../load/job.ts'
import type { Target } from '../servers/sign-up.ts'

/** One complete HTTP/1.1 request as bytes. */
export function request(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: Uint8Array,
): Buffer {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = body === undefined ? '' : `content-length: ${body.length}\r\n`
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n`),
    body ?? Buffer.alloc(0),
  ])
}

/** Path of a stored file or folder, path-addressed (spec 02 §5.1). */
export function storagePath(target: Target, path: string): string {
  return `/storage/${target.user}${path}`
}

export function putRequest(target: Target, path: string, body: Uint8Array): Buffer {
  return request('PUT', storagePath(target, path), { cookie: target.cookie }, body)
}

export function getRequest(target: Target, path: string, headers: Readonly<Record<string, string>> = {}): Buffer {
  return request('GET', storagePath(target, path), headers)
}

/** The numbered requests that `like` makes of a path with a placeholder: `/pub/a/#` is `/pub/a/000000000000` and so on. */
export function numbered(like: Buffer, answer: ExpectedAnswer): Extract<RequestSource, { readonly kind: 'numbered' }> {
  const split = like.indexOf('#')
  return { kind: 'numbered', before: like.subarray(0, split), after: like.subarray(split + 1), answer }
}

/** Name of the file that a numbered request means. */
export function numberedName(number: number): string {
  return String(number).padStart(12, '0')
}

const filled = new WeakMap<Target, Set<string>>()

/** Stores `count` numbered files, unless that was done before; `path` has `#` in the place of the number. */
export async function fill(
  client: LoadClient,
  target: Target,
  path: string,
  count: number,
  body: Uint8Array,
): Promise<void> {
  const done = filled.get(target) ?? new Set()
  filled.set(target, done)
  const key = `${path} ${count} ${body.length}`
  if (done.has(key)) return
  done.add(key)
  const source = numbered(putRequest(target, path, body), { status: 201 })
  await client.call('run', { port: target.port, connections: 64, source, first: 0, requests: count })
}

/** Bytes that do not compress and are the same in every run. */
export function pattern(size: number): Uint8Array {
  const bytes = Buffer.alloc(size)
  let state = 0x9e3779b9
  for (let index = 0; index < size; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}
