import { connect, type Socket } from 'node:net'
import { micros } from './clock.ts'

const HEAD_END = Buffer.from('\r\n\r\n')
const FRAME_END = Buffer.from('\n\n')
const LINE_END = Buffer.from('\r\n')
const COLON = 0x3a

/** Which events a stream counts: `event: PUT` frames whose number stands at an offset of the frame. */
export interface Counting {
  /** Bytes before the 12 digits of the number. */
  readonly offset: number
  /** One more than the highest number. */
  readonly capacity: number
}

/** One subscriber: a raw socket that takes `text/event-stream` apart and ticks off the numbers it sees. */
export class EventStream {
  readonly #socket: Socket
  readonly #counting: Counting
  readonly #onDelay: ((micros: number) => void) | undefined
  readonly #seen: Uint8Array
  /** Bytes of a frame, or of a chunk's framing, that are not complete. */
  #rest: Buffer | undefined
  #frames: Buffer | undefined
  /** Bytes of the current HTTP chunk still to come, with the line end behind it; undefined before the head is read. */
  #inChunk: number | undefined
  #lastArrival = 0
  readonly opened = Promise.withResolvers<void>()
  duplicates = 0
  isClosed = false

  /** @param onDelay told how old an event is when it arrives, of events that carry a time behind their number */
  constructor(
    port: number,
    target: string,
    counting: Counting,
    options: { readonly onDelay?: (micros: number) => void; readonly isStalled?: boolean } = {},
  ) {
    this.#counting = counting
    this.#seen = new Uint8Array(counting.capacity)
    this.#onDelay = options.onDelay
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.write(`GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
    this.#socket.on('data', (bytes) => {
      try {
        this.#receive(bytes)
        if (options.isStalled === true && this.#inChunk !== undefined) this.#socket.pause()
      } catch (error) {
        this.opened.reject(error as Error)
        this.#socket.destroy()
      }
    })
    this.#socket.on('error', (error) => this.opened.reject(error))
    this.#socket.on('close', () => {
      this.isClosed = true
      this.opened.reject(new Error('an event stream ended'))
    })
  }

  /** How many of the numbers from `from` to `to` (exclusive) have arrived. */
  count(from: number, to: number): number {
    let count = 0
    for (let number = from; number < to; number++) count += this.#seen[number]!
    return count
  }

  /** Goes on reading. */
  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(bytes: Buffer): void {
    this.#lastArrival = micros()
    let rest = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes])
    this.#rest = undefined
    if (this.#inChunk === undefined) {
      const end = rest.indexOf(HEAD_END)
      if (end < 0) {
        this.#rest = rest
        return
      }
      const status = rest.toString('latin1', 9, 12)
      if (status !== '200') throw new Error(`an event stream was answered with ${rest.toString('latin1', 0, 400)}`)
      this.#inChunk = 0
      this.opened.resolve()
      rest = rest.subarray(end + HEAD_END.length)
    }
    while (rest.length > 0) {
      if (this.#inChunk === 0) {
        const end = rest.indexOf(LINE_END)
        if (end < 0) break
        // The line end behind the chunk counts as part of it.
        this.#inChunk = Number.parseInt(rest.toString('latin1', 0, end), 16) + LINE_END.length
        rest = rest.subarray(end + LINE_END.length)
        continue
      }
      const taken = rest.subarray(0, this.#inChunk)
      this.#inChunk -= taken.length
      rest = rest.subarray(taken.length)
      const behind = Math.max(0, LINE_END.length - this.#inChunk)
      this.#take(behind >= taken.length ? undefined : taken.subarray(0, taken.length - behind))
    }
    if (rest.length > 0) this.#rest = rest
  }

  #take(bytes: Buffer | undefined): void {
    if (bytes === undefined) return
    let frames = this.#frames === undefined ? bytes : Buffer.concat([this.#frames, bytes])
    for (let end = frames.indexOf(FRAME_END); end >= 0; end = frames.indexOf(FRAME_END)) {
      if (frames[0] !== COLON) this.#tick(frames)
      frames = frames.subarray(end + FRAME_END.length)
    }
    this.#frames = frames.length === 0 ? undefined : frames
  }

  #tick(frame: Buffer): void {
    const { offset, capacity } = this.#counting
    const number = digits(frame, offset, 12)
    if (!(number < capacity)) throw new Error(`unexpected event: ${frame.toString('latin1', 0, 200)}`)
    if (this.#seen[number] !== 0) this.duplicates++
    this.#seen[number] = 1
    this.#onDelay?.(this.#lastArrival - digits(frame, offset + 13, 16))
  }
}

function digits(bytes: Buffer, offset: number, count: number): number {
  let value = 0
  for (let index = offset; index < offset + count; index++) value = value * 10 + bytes[index]! - 0x30
  return value
}
