import { request } from 'node:http'

/** An HTTP answer with lower-case header names. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly text: string
}

/** What to send. */
export interface Question {
  readonly method?: string
  /** Sent as it is, undecoded. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Without a length. */
  readonly chunked?: boolean
}

/** One request on a connection of its own, as raw as `node:http` lets it be. */
export function exchange(url: string, question: Question): Promise<Answer> {
  const { method = 'GET', path, body, chunked = false } = question
  const length = body === undefined || chunked ? {} : { 'content-length': String(body.length) }
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const headers = { ...length, ...question.headers, connection: 'close' }
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(parts)
        const entries = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(entries),
          body: Uint8Array.from(bytes),
          text: bytes.toString('utf8'),
        })
      })
    })
    sent.on('error', reject)
    if (body !== undefined) sent.write(body)
    sent.end()
  })
}
