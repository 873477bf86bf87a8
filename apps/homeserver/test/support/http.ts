/** Requests exactly as written: raw targets, any `Host`, repeated header fields. */
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'

/** An answer with its fields as they came. */
export interface Answer {
  readonly status: number
  /** First field of that name. */
  field(name: string): string | undefined
  /** All fields of that name. */
  fields(name: string): readonly string[]
  readonly body: Buffer
  readonly text: string
}

/** What to send. */
export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
}

/** Sends one request to a port of this machine. */
export function send(port: number, target: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method,
        path: target,
        agent: new Agent({ maxSockets: 1 }),
        setHost: false,
        headers: {
          host: 'localhost',
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
          ...Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, typeof v === 'string' ? v : [...v]])),
        },
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () =>
          resolve(toAnswer(incoming.statusCode ?? 0, incoming.rawHeaders, Buffer.concat(chunks))),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function toAnswer(status: number, rawHeaders: readonly string[], body: Buffer): Answer {
  const fields = (name: string): readonly string[] =>
    rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name)
  return { status, body, text: body.toString('utf8'), fields, field: (name) => fields(name)[0] }
}

/** Writes bytes to a port and resolves with all that came back once the server closed the connection. */
export function sendRaw(port: number, bytes: string | Uint8Array, waitMs = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      received += text
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(received)
    })
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`the server kept the connection open after: ${JSON.stringify(received)}`))
    }, waitMs)
  })
}
