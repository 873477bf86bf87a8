import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One answer of a {@link ScriptedRelay}. */
export interface ScriptedAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Sends the body without a length. */
  readonly chunked?: boolean
  /** Reads the request and says nothing. */
  readonly silent?: boolean
}

/** A request as it came. */
export interface SeenRequest {
  readonly line: string
  readonly headers: IncomingMessage['headers']
  readonly body: Uint8Array
}

/** An HTTP server that gives prepared answers in turn, the last one for ever, and remembers what it was asked. */
export class ScriptedRelay implements AsyncDisposable {
  readonly requests: SeenRequest[] = []
  answers: readonly ScriptedAnswer[] = []
  readonly #server = createServer()

  static async start(...answers: readonly ScriptedAnswer[]): Promise<ScriptedRelay> {
    const relay = new ScriptedRelay()
    relay.answers = answers
    relay.#server.on('request', (request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const answer = relay.answers[Math.min(relay.requests.length, relay.answers.length - 1)] ?? {}
        relay.requests.push({
          line: `${request.method} ${request.url}`,
          headers: request.headers,
          body: Uint8Array.from(Buffer.concat(parts)),
        })
        if (answer.silent) return
        response.writeHead(answer.status ?? 200, {
          ...answer.headers,
          ...(answer.body !== undefined && !answer.chunked ? { 'content-length': answer.body.length } : {}),
        })
        if (answer.chunked) response.write(answer.body)
        response.end(answer.chunked ? undefined : answer.body)
      })
    })
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve))
    return relay
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
