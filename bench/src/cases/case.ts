import type { RequestSource } from '../load/job.ts'

/** Where a case sends its requests: a homeserver with one signed-up user. */
export interface Target {
  readonly port: number
  /** The user's key, z-base-32. */
  readonly user: string
  /** `Cookie` header of a root session of that user. */
  readonly cookie: string
}

/** One line of the table. */
export interface Case {
  readonly name: string
  readonly connections: number
  /** Body of the request (PUT) or of the stored file (GET), in bytes. */
  readonly size: number
  /** Least ratio to the raw twin that the project stands for (design bars); printed as verdict, never on noisy runs. */
  readonly bar?: number
  /** Stores what the case reads and gives the requests. Called once per server. */
  prepare(target: Target): Promise<Work>
  /** The same against nginx's plain files, where that makes sense. */
  readonly nginx?: 'put' | 'get'
}

/** What to send and what must come back. */
export interface Work {
  readonly requests: RequestSource
  readonly status: number
  readonly body?: Uint8Array
  readonly bodiless?: boolean
}

/** One complete HTTP/1.1 request as bytes. */
export function request(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: Uint8Array,
): Uint8Array {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = body === undefined ? '' : `content-length: ${body.length}\r\n`
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n`),
    body ?? Buffer.alloc(0),
  ])
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
