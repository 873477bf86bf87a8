import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Keypair as CryptoKeypair } from '@pubky/crypto'
import { homeserverRecords, signPacket, withHomeserver } from '@pubky/pkarr'
import { Client, Keypair, Pubky } from '../src/index.ts'

/** One request that reached the scripted homeserver or relay. */
export interface SeenRequest {
  readonly method: string
  /** With query, as sent. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** What a script answers. */
export interface ScriptedAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Uint8Array
  /** The answer begins, but does not end. */
  readonly isEndless?: boolean
}

export type Script = (request: SeenRequest) => ScriptedAnswer | Promise<ScriptedAnswer>

/**
 * A homeserver whose answers a test writes itself, for requests and failures that a real one does not show, with a
 * Pkarr relay (`/pkarr/<key>`) and an HTTP relay inbox (`/inbox/<id>`) beside it, all on one random port.
 */
export class ScriptedNetwork implements AsyncDisposable {
  readonly homeserver = CryptoKeypair.fromSecret(new Uint8Array(32).fill(7))
  readonly user = Keypair.fromSecret(new Uint8Array(32).fill(1))
  /** Requests to the homeserver, `/info` included. */
  readonly seen: SeenRequest[] = []
  /** Requests to the HTTP relay. */
  readonly relayed: SeenRequest[] = []
  readonly packets = new Map<string, Uint8Array>()
  readonly messages = new Map<string, Buffer>()
  features: readonly string[] = ['path-addressed-storage', 'grant-proof-logout', 'webdav-locks']
  script: Script = () => ({})
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<ScriptedNetwork> {
    const server = createServer()
    const network = new ScriptedNetwork(server)
    server.on('request', (request, response) => {
      void network.#handle(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, () => resolve()))
    network.#publish(
      network.homeserver,
      homeserverRecords({
        addresses: [],
        tlsPort: 1,
        domain: 'localhost',
        httpPort: network.port,
      }),
    )
    const user = CryptoKeypair.fromSecret(network.user.secret())
    network.#publish(user, withHomeserver([], user.publicKey, network.homeserver.publicKey))
    return network
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the server is not listening')
    return address.port
  }

  get relay(): string {
    return `http://localhost:${this.port}/inbox`
  }

  client(config: { maxErrorBodyBytes?: number } = {}): Client {
    return new Client({ ...config, pkarr: { relays: [`http://localhost:${this.port}/pkarr`] } })
  }

  pubky(): Pubky {
    return Pubky.withClient(this.client())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #publish(keypair: CryptoKeypair, records: Parameters<typeof signPacket>[0]['records']): void {
    this.packets.set(keypair.publicKey.z32(), signPacket({ keypair, records }).payload())
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await wholeBody(request)
    if (body === undefined) return
    const { method = '', url = '', headers } = request
    const seen: SeenRequest = { method, target: url, headers, body }
    const answer = await this.#answer(seen)
    response.writeHead(answer.status ?? 200, answer.headers)
    if (answer.isEndless) {
      response.flushHeaders()
      if (answer.body !== undefined) response.write(answer.body)
    } else response.end(answer.body)
  }

  #answer(request: SeenRequest): ScriptedAnswer | Promise<ScriptedAnswer> {
    if (request.target.startsWith('/pkarr/')) return this.#pkarr(request)
    if (request.target.startsWith('/inbox/')) return this.#inbox(request)
    this.seen.push(request)
    if (request.target === '/info') {
      return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ features: this.features }) }
    }
    return this.script(request)
  }

  #pkarr({ method, target, body }: SeenRequest): ScriptedAnswer {
    const key = target.slice('/pkarr/'.length).split('?')[0] ?? ''
    if (method === 'PUT') {
      this.packets.set(key, body)
      return { status: 204 }
    }
    const packet = this.packets.get(key)
    return packet === undefined
      ? { status: 404 }
      : { headers: { 'content-length': String(packet.length) }, body: packet }
  }

  #inbox(request: SeenRequest): ScriptedAnswer {
    this.relayed.push(request)
    const id = request.target.slice('/inbox/'.length)
    if (request.method === 'POST') this.messages.set(id, request.body)
    if (request.method === 'DELETE') this.messages.delete(id)
    if (request.method !== 'GET') return {}
    const message = this.messages.get(id)
    return message === undefined ? { status: 408 } : { body: message }
  }
}

/** A request's body; undefined when its client goes away before the end. */
async function wholeBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk)
  } catch {
    return undefined
  }
  return Buffer.concat(chunks)
}
