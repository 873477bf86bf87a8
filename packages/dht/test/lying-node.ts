import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { ipv4Number, ipv4Text } from '../src/address.ts'
import type { MutableItem, NodeAddress } from '../src/index.ts'
import { writeCompactNodes } from '../src/krpc/compact.ts'
import { decodeMessage } from '../src/krpc/decode.ts'
import { encodeMessage } from '../src/krpc/encode.ts'
import { type Contact, createContact } from '../src/routing-table/contact.ts'

/** Each liar has an address of its own: a table takes only one of several alike ids from one. */
const FIRST_HOST = ipv4Number('127.1.0.1')
let created = 0

const NAMED = 20

/** An id that shares its first 120 bits or so with the target. */
export function near(target: Uint8Array, index: number): Uint8Array {
  const id = target.slice()
  id[19]! ^= index + 1
  id[18]! ^= (index >> 8) + 1
  return id
}

/** A node that answers everything politely, stores nothing, and names only its friends, or nodes that do not exist. */
export class LyingNode implements AsyncDisposable {
  readonly contact: Contact
  readonly #socket: Socket
  friends: readonly LyingNode[] = []
  /** Name nodes at ports where nobody listens. */
  inventsNodes: boolean = false
  /** What to answer to each get, right or wrong. */
  item: MutableItem | undefined
  #invented = 0

  private constructor(socket: Socket, id: Uint8Array) {
    this.#socket = socket
    const { address, port } = socket.address()
    this.contact = createContact(id, ipv4Number(address), port)
    socket.on('message', (datagram, sender) => {
      const answer = this.#answer(datagram)
      if (answer) socket.send(answer, sender.port, sender.address, () => {})
    })
  }

  static async create(id: Uint8Array): Promise<LyingNode> {
    const socket = createSocket('udp4')
    socket.bind(0, ipv4Text(FIRST_HOST + created++))
    await once(socket, 'listening')
    return new LyingNode(socket, id)
  }

  get address(): NodeAddress {
    return { host: this.contact.host, port: this.contact.port }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((done) => this.#socket.close(done))
  }

  #answer(datagram: Uint8Array): Uint8Array | undefined {
    const message = decodeMessage(datagram)
    if (message?.type !== 'query') return undefined
    const { transactionId, query } = message
    const item = query.method === 'get' ? this.item : undefined
    const response = {
      id: this.contact.id,
      nodes: query.method === 'ping' ? undefined : writeCompactNodes(this.#named()),
      token: query.method === 'get' ? Uint8Array.of(1, 2, 3, 4) : undefined,
      ...(item && { key: item.publicKey.bytes, seq: item.seq, signature: item.signature, value: item.value }),
    }
    return encodeMessage({ type: 'response', transactionId, response })
  }

  #named(): Contact[] {
    if (!this.inventsNodes) return pickFrom(this.friends).map((friend) => friend.contact)
    return Array.from({ length: NAMED }, () => {
      const id = near(this.contact.id, ++this.#invented)
      return createContact(id, ipv4Number('127.0.0.2') + this.#invented, 9)
    })
  }
}

function pickFrom<T>(all: readonly T[]): T[] {
  const start = Math.floor(Math.random() * all.length)
  return Array.from({ length: Math.min(NAMED, all.length) }, (_, index) => all[(start + index) % all.length]!)
}
