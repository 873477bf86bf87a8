import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'

/** An HTTP answer with its body read to the end. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
}

/** A request as it goes on the wire: the path is sent as given, never normalised. */
export interface Request {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: Uint8Array | string
  /** Send the body chunked, without `Content-Length`. */
  readonly chunked?: boolean
  readonly signal?: AbortSignal
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

/** Sends one request to a base URL such as `http://127.0.0.1:6286`. */
export function send(base: string, path: string, request: Request = {}): Promise<Answer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        agent,
        hostname,
        port,
        path,
        method: request.method ?? 'GET',
        headers: request.headers as Record<string, string>,
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const body = Buffer.concat(chunks)
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body, text: body.toString('utf8') })
        })
      },
    )
    outgoing.on('error', reject)
    if (request.body === undefined) outgoing.end()
    else if (request.chunked === true) {
      outgoing.write(request.body)
      outgoing.end()
    } else {
      outgoing.setHeader('content-length', Buffer.byteLength(request.body))
      outgoing.end(request.body)
    }
  })
}

/** Writes bytes to a fresh socket and collects what comes back until the server closes or `waitMs` pass in silence. */
export function sendRaw(base: string, bytes: string | Uint8Array, waitMs = 2000): Promise<Buffer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes))
    const chunks: Buffer[] = []
    socket.setTimeout(waitMs, () => socket.destroy())
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', (error) => (chunks.length > 0 ? undefined : reject(error)))
    socket.on('close', () => resolve(Buffer.concat(chunks)))
  })
}
