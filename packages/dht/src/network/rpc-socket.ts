import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { addressKey, ipv4Number, type NodeAddress } from '../address.ts'
import {
  MAX_DATAGRAM_BYTES,
  MAX_IN_FLIGHT,
  MAX_SOURCES,
  MIN_DATAGRAM_BYTES,
  RECEIVE_BUFFER_BYTES,
  SEND_BURST,
  VERSION,
} from '../constants.ts'
import { DhtError } from '../errors.ts'
import { decodeMessage } from '../krpc/decode.ts'
import { encodeMessage } from '../krpc/encode.ts'
import type { MalformedMessage, Message, Query } from '../krpc/message.ts'
import { Lru } from '../lru.ts'
import type { Answer, PendingRequest, Question, Requester, Sender } from './request.ts'
import { RoundTripTimes } from './round-trip.ts'
import { SourceLimits } from './source-limits.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'

const FIRST_BYTE = 'd'.charCodeAt(0)

/** The part of the request timeout by which the last datagram of a request goes out. */
const LAST_RESEND = 3 / 4

/** A query as it arrived. `malformed` ones can only be refused. */
export type IncomingQuery = Extract<Message, { type: 'query' }> | MalformedMessage

/** What the socket asks of its owner. */
export interface RpcSocketOwner {
  /** Our id, put into every query. */
  id(): Uint8Array
  /** Whether queries say that we answer none (BEP 43). */
  readOnly(): boolean
  /** Steady clock, milliseconds. */
  now(): number
  onQuery(query: IncomingQuery, from: Sender & NodeAddress): void
}

/** Datagrams since the start. */
export interface TrafficCounters {
  readonly received: number
  readonly sent: number
  /** Received but no KRPC message, from port 0, or an answer nobody waits for. */
  readonly ignored: number
  /** Queries over the limits. */
  readonly limited: number
}

interface Request extends NodeAddress {
  readonly ip: number
  readonly datagram: Uint8Array
  readonly onOverdue: (() => void) | undefined
  readonly settle: (answer: Answer) => void
  state: 'waiting' | 'sent' | 'settled'
  sentAt: number
  timer: NodeJS.Timeout | undefined
}

interface RpcSocketInit {
  readonly requestTimeout: number
  readonly sendRate: number
  /** Of one address; default: {@link SourceLimits}'s. */
  readonly queryRate?: Rate | undefined
}

/** What to do with an unanswered request, and how many milliseconds after it was sent. */
type Timeline = readonly (readonly [at: number, act: () => void])[]

/**
 * One UDP socket that asks and is asked. Requests are paced, capped in number, sent again when an answer is late,
 * and matched by transaction id *and* address; queries pass the limits before they are parsed (spec 04 §4.1, §4.7).
 */
export class RpcSocket implements Requester, AsyncDisposable {
  /** Where the socket listens. */
  readonly address: NodeAddress
  readonly #socket: Socket
  readonly #owner: RpcSocketOwner
  readonly #requestTimeout: number
  readonly #roundTrips: RoundTripTimes
  readonly #limits: SourceLimits
  readonly #pace: TokenBucket
  readonly #inFlight = new Map<number, Request>()
  /** How many requests that were sent wait for an answer from an address. */
  readonly #awaited = new Map<number, number>()
  #waiting: { readonly id: number; readonly request: Request }[] = []
  #underWay = 0
  #pump: NodeJS.Timeout | undefined
  #closed: Promise<void> | undefined
  #lastAnswerAt = Number.NEGATIVE_INFINITY
  /** Addresses we sent requests to lately. */
  readonly #asked = new Lru<number, true>(MAX_SOURCES)
  readonly #counters = { received: 0, sent: 0, ignored: 0, limited: 0 }

  private constructor(socket: Socket, owner: RpcSocketOwner, init: RpcSocketInit) {
    const { address, port } = socket.address()
    this.address = { host: address, port }
    this.#socket = socket
    this.#owner = owner
    this.#requestTimeout = init.requestTimeout
    this.#roundTrips = new RoundTripTimes(init.requestTimeout)
    this.#limits = new SourceLimits(owner.now(), init.queryRate)
    this.#pace = new TokenBucket({ perSecond: init.sendRate, burst: SEND_BURST }, owner.now())
    socket.on('message', (datagram, sender) => this.#receive(datagram, sender.address, sender.port))
  }

  /**
   * Takes a UDP port; 0 for any.
   * @throws DhtError `bind-failed`
   */
  static async bind(
    owner: RpcSocketOwner,
    init: RpcSocketInit & { readonly host: string; readonly port: number },
  ): Promise<RpcSocket> {
    const { host, port } = init
    const socket = createSocket({ type: 'udp4', lookup: (address, _options, found) => found(null, address, 4) })
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (cause) => {
        socket.close()
        reject(new DhtError('bind-failed', `cannot listen on UDP ${host}:${port}`, { cause }))
      })
      socket.bind({ address: host, port }, resolve)
    })
    socket.removeAllListeners('error')
    // Later errors belong to single datagrams (an unreachable network); the requests concerned time out.
    socket.on('error', () => {})
    enlargeBuffer(socket)
    return new RpcSocket(socket, owner, init)
  }

  get counters(): TrafficCounters {
    return { ...this.#counters }
  }

  /** When somebody last answered us, on the owner's clock; −∞ for never. */
  get lastAnswerAt(): number {
    return this.#lastAnswerAt
  }

  /** Whether we sent a request to this address lately, which opens the way back through a firewall. */
  hasAsked(ip: number): boolean {
    return this.#asked.get(ip) === true
  }

  request(to: NodeAddress, question: Question, onOverdue?: () => void): PendingRequest {
    const id = this.#freshTransactionId()
    const transactionId = new Uint8Array(4)
    new DataView(transactionId.buffer).setUint32(0, id)
    const query: Query = { ...question, id: this.#owner.id() }
    const readOnly = this.#owner.readOnly() || undefined
    const datagram = encodeMessage({ type: 'query', transactionId, version: VERSION, readOnly, query })
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const request: Request = {
      host: to.host,
      port: to.port,
      ip: ipv4Number(to.host),
      datagram,
      onOverdue,
      settle: resolve,
      state: 'waiting',
      sentAt: 0,
      timer: undefined,
    }
    if (this.#closed) this.#settle(id, request, { kind: 'cancelled' })
    else {
      this.#inFlight.set(id, request)
      this.#waiting.push({ id, request })
      this.#sendWaiting()
    }
    return { answer: promise, cancel: () => this.#settle(id, request, { kind: 'cancelled' }) }
  }

  /** Sends an answer. It is lost in silence when the socket is closed or the network does not take it. */
  reply(message: Message, to: NodeAddress): void {
    this.#send(encodeMessage(message), to)
  }

  /** From now on only requests under way keep the process running. */
  unref(): void {
    this.#socket.unref()
  }

  /** Ends all requests as `cancelled` and gives the port back. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      clearTimeout(this.#pump)
      this.#waiting = []
      for (const [id, request] of this.#inFlight) this.#settle(id, request, { kind: 'cancelled' })
      this.#socket.close(resolve)
    })
    return this.#closed
  }

  #receive(datagram: Buffer, host: string, port: number): void {
    this.#counters.received++
    const tooLong = datagram.length > MAX_DATAGRAM_BYTES
    if (datagram[0] !== FIRST_BYTE || datagram.length < MIN_DATAGRAM_BYTES || tooLong || port === 0) {
      this.#counters.ignored++
      return
    }
    const from = { ip: ipv4Number(host), port, host }
    // Only who owes us an answer is read without limits.
    const isAwaited = this.#awaited.has(addressKey(from.ip, port)) || this.#awaited.has(addressKey(0, port))
    if (!isAwaited && !this.#admits(from)) return
    const message = decodeMessage(datagram)
    if (message === undefined) this.#counters.ignored++
    else if (message.type === 'query' || (message.type === 'malformed' && message.inside === 'query')) {
      if (!isAwaited || this.#admits(from)) this.#owner.onQuery(message, from)
    } else this.#receiveAnswer(message, from)
  }

  #admits(from: Sender): boolean {
    if (this.#limits.admits(from.ip, from.port, this.#owner.now())) return true
    this.#counters.limited++
    return false
  }

  #receiveAnswer(message: Exclude<Message, { type: 'query' }> | MalformedMessage, from: Sender): void {
    const { transactionId } = message
    const id = transactionId.length === 4 ? readUint32(transactionId) : undefined
    const request = id === undefined ? undefined : this.#inFlight.get(id)
    if (id === undefined || request === undefined || !isFrom(request, from)) {
      this.#counters.ignored++
      return
    }
    const now = this.#owner.now()
    this.#lastAnswerAt = now
    if (request.state !== 'waiting') this.#roundTrips.add(now - request.sentAt)
    this.#settle(id, request, toAnswer(message, from))
  }

  #freshTransactionId(): number {
    for (;;) {
      // Random, so that somebody who cannot read our datagrams cannot guess what an answer must carry.
      const id = randomInt(2 ** 32)
      if (!this.#inFlight.has(id)) return id
    }
  }

  /** Sends waiting requests as far as pace and the cap allow, and comes back when either allows more. */
  #sendWaiting(): void {
    let done = 0
    for (const { id, request } of this.#waiting) {
      if (request.state === 'waiting') {
        if (this.#underWay >= MAX_IN_FLIGHT) break
        if (!this.#pace.take(this.#owner.now())) {
          this.#pump ??= setTimeout(() => {
            this.#pump = undefined
            this.#sendWaiting()
          }, this.#pace.waitMs)
          break
        }
        this.#transmit(id, request)
      }
      done++
    }
    this.#waiting.splice(0, done)
  }

  #transmit(id: number, request: Request): void {
    this.#underWay++
    this.#await(request, 1)
    this.#asked.set(request.ip, true)
    request.state = 'sent'
    request.sentAt = this.#owner.now()
    this.#send(request.datagram, request)
    const late = this.#roundTrips.resendAfter
    const resend = () => this.#send(request.datagram, request)
    const timeline: Timeline = [
      [late, resend],
      [2 * late, () => request.onOverdue?.()],
      [Math.min(4 * late, LAST_RESEND * this.#requestTimeout), resend],
    ]
    this.#follow(id, request, timeline, 0)
  }

  /** Does what is due, one after the other, until the answer comes or the time is over. */
  #follow(id: number, request: Request, timeline: Timeline, step: number): void {
    const elapsed = this.#owner.now() - request.sentAt
    const [at, act] = timeline[step] ?? [this.#requestTimeout, () => this.#settle(id, request, { kind: 'timeout' })]
    const due = () => {
      if (request.state !== 'sent') return
      act()
      if (step < timeline.length) this.#follow(id, request, timeline, step + 1)
    }
    // After a busy moment timers run before the datagrams that came meanwhile; those get to be read first.
    request.timer = setTimeout(() => setImmediate(due), Math.max(0, Math.min(at, this.#requestTimeout) - elapsed))
  }

  #await(request: Request, change: 1 | -1): void {
    const key = addressKey(request.ip, request.port)
    const count = (this.#awaited.get(key) ?? 0) + change
    if (count === 0) this.#awaited.delete(key)
    else this.#awaited.set(key, count)
  }

  #settle(id: number, request: Request, answer: Answer): void {
    if (request.state === 'settled') return
    if (request.state === 'sent') {
      this.#underWay--
      this.#await(request, -1)
    }
    request.state = 'settled'
    clearTimeout(request.timer)
    this.#inFlight.delete(id)
    request.settle(answer)
    if (this.#waiting.length > 0) this.#sendWaiting()
  }

  #send(datagram: Uint8Array, to: NodeAddress): void {
    if (this.#closed) return
    this.#counters.sent++
    // A datagram the network does not take is a lost one.
    this.#socket.send(datagram, to.port, to.host, () => {})
  }
}

function toAnswer(message: Exclude<Message, { type: 'query' }> | MalformedMessage, from: Sender): Answer {
  switch (message.type) {
    case 'response':
      return { kind: 'response', response: message.response, from, requesterAddress: message.requesterAddress }
    case 'error':
      return { kind: 'error', code: message.code, description: message.description, from }
    case 'malformed':
      return { kind: 'malformed', from }
  }
}

/** Whether an answer comes from where the request went. A request to 0.0.0.0 reaches this machine under any address. */
function isFrom(request: Request, from: Sender): boolean {
  return request.port === from.port && (request.ip === from.ip || request.ip === 0)
}

function readUint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
}

function enlargeBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
  } catch {
    // Some systems refuse instead of capping; the default buffer works, only floods are felt sooner.
  }
}
