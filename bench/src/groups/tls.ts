import { once } from 'node:events'
import { createServer as createHttpServer, get as httpGet } from 'node:http'
import type { CaseReport, Side } from '../report.ts'
import { type OnConnection, sink, startNodeTls, startPubkyTls, type TlsEnds } from '../servers/tls-ends.ts'
import { shuffled } from '../statistics.ts'
import type { Group } from './group.ts'

const MEBIBYTE = 2 ** 20
const BODY = Buffer.alloc(1024, 0x61)
const GET_CONNECTIONS = 16
/** Handshakes at a time. */
const HANDSHAKES = 8
const SIDES = ['ours', 'node:tls'] as const

interface TlsCase {
  readonly name: string
  readonly unit: string
  readonly serves: 'http' | 'nothing'
  /** How much was done, a second. */
  readonly measure: (ends: TlsEnds, seconds: number) => Promise<number>
}

const CASES: readonly TlsCase[] = [
  { name: 'full handshake', unit: 'handshakes', serves: 'nothing', measure: measureHandshakes },
  { name: 'bulk, one direction', unit: 'MiB', serves: 'nothing', measure: measureBulk },
  { name: 'GET 1 KiB, kept connections', unit: 'requests', serves: 'http', measure: measureGets },
]

/**
 * PubkyTLS against node:tls in the same process and the same run. Both with TLS 1.3, AES-128-GCM, X25519 and an Ed25519
 * key.
 */
export const tlsGroup: Group = async function* ({ plan, only }) {
  const http = createHttpServer((_request, response) => {
    response.end(BODY)
  })
  // Kept connections end when their client goes; nothing else can go wrong here.
  http.on('clientError', (_error, socket) => socket.destroy())
  const serveHttp: OnConnection = (socket) => http.emit('connection', socket)
  for (const { name, unit, measure, serves } of CASES) {
    if (only !== undefined && !only.test(name)) continue
    const onConnection = serves === 'http' ? serveHttp : sink
    await using ours = await startPubkyTls(onConnection, GET_CONNECTIONS)
    await using nodeTls = await startNodeTls(onConnection, GET_CONNECTIONS)
    const ends = { ours, 'node:tls': nodeTls }
    const rates: Record<(typeof SIDES)[number], number[]> = { ours: [], 'node:tls': [] }
    for (const side of SIDES) await measure(ends[side], plan.seconds / 4)
    for (let round = 0; round < plan.rounds; round++) {
      for (const side of shuffled(SIDES)) rates[side].push(await measure(ends[side], plan.seconds))
    }
    const report: CaseReport = {
      group: 'tls',
      name,
      unit,
      ours: sideOf('ours', rates.ours),
      peers: [sideOf('node:tls', rates['node:tls'])],
      measures: [{ name: 'node:tls', values: rates.ours.map((rate, round) => rate / rates['node:tls'][round]!) }],
      remarks: [],
    }
    yield report
  }
}

function sideOf(name: string, rates: readonly number[]): Side {
  return { name, rates, p50: [], p99: [], p999: [], cpuMicros: [], residentMiB: 0 }
}

async function measureHandshakes(ends: TlsEnds, seconds: number): Promise<number> {
  return ratePerSecond(seconds, HANDSHAKES, async () => {
    const socket = await ends.connect()
    socket.destroy()
    return 1
  })
}

async function measureBulk(ends: TlsEnds, seconds: number): Promise<number> {
  const socket = await ends.connect()
  const block = Buffer.alloc(MEBIBYTE)
  const rate = await ratePerSecond(seconds, 1, async () => {
    if (!socket.write(block)) await once(socket, 'drain')
    return 1
  })
  socket.destroy()
  return rate
}

async function measureGets({ agent }: TlsEnds, seconds: number): Promise<number> {
  return ratePerSecond(seconds, GET_CONNECTIONS, async () => {
    const body = await new Promise<Buffer>((resolve, reject) => {
      const request = httpGet({ agent, host: 'bench.invalid', path: '/' }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
        response.on('error', reject)
      })
      request.on('error', reject)
    })
    if (!body.equals(BODY)) throw new Error(`a body of ${body.length} bytes came over TLS, and not the right one`)
    return 1
  })
}

/** Runs `work` over and over in some lanes for a time; the sum of what it returns, a second. */
async function ratePerSecond(seconds: number, lanes: number, work: () => Promise<number>): Promise<number> {
  const started = performance.now()
  const end = started + seconds * 1000
  let done = 0
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (performance.now() < end) {
        const units = await work()
        done += units
      }
    }),
  )
  return done / ((performance.now() - started) / 1000)
}
