import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'

/** One event of `/events-stream`. */
export interface StreamEvent {
  readonly type: string
  /** Storage path. */
  readonly path: string
  /** z32 of the owner. */
  readonly user: string
  readonly cursor: number
  readonly contentHash: string | undefined
}

function parse(block: string): StreamEvent | undefined {
  const type = /^event: (.*)$/m.exec(block)?.[1]
  const [target, ...rest] = [...block.matchAll(/^data: (.*)$/gm)].map((match) => match[1]!)
  if (type === undefined || target === undefined) return undefined
  const value = (name: string) => rest.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
  return {
    type,
    user: target.slice('pubky://'.length, 'pubky://'.length + 52),
    path: target.slice('pubky://'.length + 52),
    cursor: Number(value('cursor')),
    contentHash: value('content_hash'),
  }
}

/** Events in the body of a stream that has ended. */
export function eventsOf(text: string): StreamEvent[] {
  return text
    .split('\n\n')
    .map(parse)
    .filter((event) => event !== undefined)
}

/** An open stream; collects what arrives. */
export class OpenStream implements Disposable {
  readonly #request: ClientRequest
  readonly #response: IncomingMessage
  readonly events: StreamEvent[] = []
  /** Comment frames seen (keep-alive). */
  comments = 0
  ended = false
  #text = ''

  private constructor(request: ClientRequest, response: IncomingMessage) {
    this.#request = request
    this.#response = response
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => this.#take(chunk))
    const end = () => {
      this.ended = true
    }
    response.on('end', end)
    response.on('close', end)
    response.on('error', end)
  }

  /** Opens a stream; fails unless the answer is 200. */
  static open(base: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<OpenStream> {
    const { hostname, port } = new URL(base)
    return new Promise((resolve, reject) => {
      const request = httpRequest({ hostname, port, path, headers, agent: false }, (response) => {
        if (response.statusCode === 200) resolve(new OpenStream(request, response))
        else reject(new Error(`status ${response.statusCode}`))
      })
      request.on('error', reject)
      request.end()
    })
  }

  #take(chunk: string): void {
    this.#text += chunk
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end < 0) return
      const block = this.#text.slice(0, end)
      this.#text = this.#text.slice(end + 2)
      if (block.startsWith(':')) this.comments++
      const event = parse(block)
      if (event !== undefined) this.events.push(event)
    }
  }

  /** Stops reading without closing, as a stalled client does. */
  stall(): void {
    this.#response.pause()
  }

  resume(): void {
    this.#response.resume()
  }

  [Symbol.dispose](): void {
    this.#request.destroy()
  }
}
