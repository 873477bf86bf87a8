import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { parentPort, workerData } from 'node:worker_threads'

/** What the test hands over: where to, how many a second, for how long, and the datagrams to choose from. */
interface Order {
  readonly port: number
  readonly perSecond: number
  readonly milliseconds: number
  readonly datagrams: readonly Uint8Array[]
}

const { port, perSecond, milliseconds, datagrams } = workerData as Order
const SOCKETS = 8
const TICK_MS = 2

const junk = [
  ...datagrams.map((bytes) => Buffer.from(bytes)),
  ...Array.from({ length: 64 }, (_, index) => randomBytes(20 + index * 20)),
  ...Array.from({ length: 64 }, (_, index) => Buffer.concat([Buffer.from('d'), randomBytes(20 + index * 20)])),
]
const sockets = Array.from({ length: SOCKETS }, () => createSocket('udp4'))
const start = performance.now()
let sent = 0

const timer = setInterval(() => {
  const elapsed = performance.now() - start
  if (elapsed > milliseconds) {
    clearInterval(timer)
    for (const socket of sockets) socket.close()
    parentPort?.postMessage({ sent, elapsed })
    return
  }
  for (const due = (elapsed * perSecond) / 1000; sent < due; sent++) {
    sockets[sent % SOCKETS]!.send(junk[sent % junk.length]!, port, '127.0.0.1', () => {})
  }
}, TICK_MS)
