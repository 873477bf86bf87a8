import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { NodeAddress } from '../src/index.ts'
import { decodeMessage } from '../src/krpc/decode.ts'
import { encodeMessage } from '../src/krpc/encode.ts'
import type { Message, Query, Response } from '../src/krpc/message.ts'
import { randomId } from '../src/node-id.ts'

/** What a scripted node does with a query: answer with members or an error, or nothing. */
export type Script = (query: Query, ask: AskedQuery) => Omit<Response, 'id'> | { readonly error: number } | undefined

/** A query with what came around it. */
export type AskedQuery = Extract<Message, { type: 'query' }> & { readonly port: number }

/** A node whose every answer the test decides. */
export class UdpPeer implements AsyncDisposable {
  readonly id = randomId()
  readonly asked: AskedQuery[] = []
  readonly #socket: Socket
  script: Script

  private constructor(socket: Socket, script: Script) {
    this.#socket = socket
    this.script = script
    socket.on('message', (datagram, sender) => {
      const message = decodeMessage(datagram)
      if (message?.type !== 'query') return
      const ask = { ...message, port: sender.port }
      this.asked.push(ask)
      const said = this.script(message.query, ask)
      if (said === undefined) return
      const { transactionId } = message
      this.send(
        'error' in said
          ? { type: 'error', transactionId, code: said.error, description: `error ${said.error}` }
          : { type: 'response', transactionId, response: { id: this.id, ...said } },
        sender.port,
      )
    })
  }

  static async create(script: Script = () => ({}), host = '127.0.0.1'): Promise<UdpPeer> {
    const socket = createSocket('udp4')
    socket.bind(0, host)
    await once(socket, 'listening')
    return new UdpPeer(socket, script)
  }

  get address(): NodeAddress {
    const { address, port } = this.#socket.address()
    return { host: address, port }
  }

  /** `host:port` */
  get name(): string {
    return `${this.address.host}:${this.address.port}`
  }

  /** How many of the queries had this method. */
  count(method: Query['method']): number {
    return this.asked.filter(({ query }) => query.method === method).length
  }

  send(message: Message | Uint8Array, port: number, host = '127.0.0.1'): void {
    this.#socket.send(message instanceof Uint8Array ? message : encodeMessage(message), port, host, () => {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((done) => this.#socket.close(done))
  }
}
