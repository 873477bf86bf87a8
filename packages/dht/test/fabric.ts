import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { NodeAddress } from '../src/index.ts'

const HOST = '127.0.0.1'

/** How badly a network carries datagrams. Shares are 0…1, delays milliseconds of one way. */
export interface Weather {
  readonly loss: number
  readonly duplicates: number
  readonly minDelay: number
  readonly maxDelay: number
}

interface Door {
  readonly socket: Socket
  readonly inside: NodeAddress
}

/**
 * A network with bad weather. Each node gets a door, an address where the others know it; a datagram to a door goes on to
 * the node behind it, and seems to come from the sender's own door. Each is lost, doubled or delayed by chance, so that
 * they also arrive out of order.
 */
export class Fabric implements AsyncDisposable {
  readonly #weather: Weather
  readonly #doors = new Map<string, Door>()
  readonly #random: () => number
  #closed: boolean = false
  carried = 0
  lost = 0

  constructor(weather: Weather, seed: number) {
    this.#weather = weather
    this.#random = mulberry32(seed)
  }

  /** Opens a door for a node that listens at `inside`; returns its address. */
  async attach(inside: NodeAddress): Promise<NodeAddress> {
    const socket = createSocket('udp4')
    socket.bind(0, HOST)
    await once(socket, 'listening')
    this.#doors.set(keyOf(inside), { socket, inside })
    socket.on('message', (datagram, sender) => {
      const from = this.#doors.get(keyOf({ host: sender.address, port: sender.port }))
      if (from) this.#carry(datagram, from, inside)
    })
    return { host: HOST, port: socket.address().port }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#doors.values()].map(({ socket }) => new Promise<void>((done) => socket.close(done))))
  }

  #carry(datagram: Buffer, from: Door, to: NodeAddress): void {
    const { loss, duplicates, minDelay, maxDelay } = this.#weather
    const copies = this.#random() < duplicates ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      this.carried++
      if (this.#random() < loss) {
        this.lost++
        continue
      }
      const delay = minDelay + this.#random() * (maxDelay - minDelay)
      setTimeout(() => {
        if (!this.#closed) from.socket.send(datagram, to.port, to.host, () => {})
      }, delay)
    }
  }
}

function keyOf({ host, port }: NodeAddress): string {
  return `${host}:${port}`
}

/** A small generator with a seed, so that a run can be repeated. */
export function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
