import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { Agent, createServer as createHttpServer, get as httpGet, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectNodeTls, createServer as createNodeTlsServer } from 'node:tls'
import { parseArgs } from 'node:util'
import { Keypair } from '@pubky/crypto'
import { connect, createAgent, createServer } from '@pubky/tls'

export interface TlsBenchOptions {
  /** Paired rounds; ratios are taken within a round. */
  readonly rounds: number
  /** Seconds per entrant, case and round. */
  readonly seconds: number
}

/** One case: rates a second by round, ours and those of node:tls, and the median of the paired ratios. */
export interface TlsBenchResult {
  readonly name: string
  readonly unit: string
  readonly ours: readonly number[]
  readonly nodeTls: readonly number[]
  readonly ratio: number
  /** The least ratio we aim for. */
  readonly bar: number
}

/** Both ends of one TLS implementation in this process: what is measured is the work of client and server together. */
interface Entrant extends AsyncDisposable {
  connect(): Promise<Duplex>
  readonly agent: Agent
}

const MEBIBYTE = 2 ** 20
const BODY = Buffer.alloc(1024, 0x61)
const GET_CONNECTIONS = 16

/**
 * PubkyTLS against node:tls in the same process and the same run: full handshakes a second, MiB a second in one
 * direction, GET of 1 KiB over kept connections. Both with TLS 1.3, AES-128-GCM, X25519 and an Ed25519 key.
 */
export async function run(options: TlsBenchOptions): Promise<TlsBenchResult[]> {
  const http = createHttpServer(answer)
  // Kept connections end when their client goes; nothing else can go wrong here.
  http.on('clientError', (_error, socket) => socket.destroy())
  const serveHttp: OnConnection = (socket) => http.emit('connection', socket)
  const results: TlsBenchResult[] = []
  for (const { name, unit, bar, measure, serves } of CASES) {
    const onConnection = serves === 'http' ? serveHttp : sink
    await using ours = await startOurs(onConnection)
    await using nodeTls = await startNodeTls(onConnection)
    const rates: { ours: number[]; nodeTls: number[] } = { ours: [], nodeTls: [] }
    await measure(ours, options.seconds / 4)
    await measure(nodeTls, options.seconds / 4)
    for (let round = 0; round < options.rounds; round++) {
      const order = round % 2 === 0 ? (['ours', 'nodeTls'] as const) : (['nodeTls', 'ours'] as const)
      for (const entrant of order) {
        rates[entrant].push(await measure(entrant === 'ours' ? ours : nodeTls, options.seconds))
      }
    }
    const ratios = rates.ours.map((rate, round) => rate / rates.nodeTls[round]!)
    results.push({ name, unit, bar, ...rates, ratio: median(ratios) })
  }
  return results
}

const CASES = [
  { name: 'full handshake', unit: 'handshakes/s', bar: 0.5, serves: 'nothing', measure: measureHandshakes },
  { name: 'bulk, one direction', unit: 'MiB/s', bar: 1, serves: 'nothing', measure: measureBulk },
  { name: 'GET 1 KiB, kept connections', unit: 'requests/s', bar: 0.8, serves: 'http', measure: measureGets },
] as const

async function measureHandshakes(entrant: Entrant, seconds: number): Promise<number> {
  return ratePerSecond(seconds, 8, async () => {
    const socket = await entrant.connect()
    socket.destroy()
    return 1
  })
}

async function measureBulk(entrant: Entrant, seconds: number): Promise<number> {
  const socket = await entrant.connect()
  const block = Buffer.alloc(MEBIBYTE)
  const rate = await ratePerSecond(seconds, 1, async () => {
    if (!socket.write(block)) await once(socket, 'drain')
    return 1
  })
  socket.destroy()
  return rate
}

async function measureGets(entrant: Entrant, seconds: number): Promise<number> {
  return ratePerSecond(seconds, GET_CONNECTIONS, async () => {
    const length = await getLength(entrant.agent)
    if (length !== BODY.length) throw new Error(`body of ${length} bytes`)
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

function getLength(agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpGet({ agent, host: 'bench.invalid', path: '/' }, (response) => {
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
      })
      response.on('end', () => resolve(length))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}

const answer: RequestListener = (_request, response) => {
  response.end(BODY)
}

type OnConnection = (socket: Duplex) => void

/** Reads and throws away. */
const sink: OnConnection = (socket) => {
  socket.on('error', () => socket.destroy())
  socket.resume()
}

async function startOurs(onConnection: OnConnection): Promise<Entrant> {
  const keypair = Keypair.random()
  const server = createServer({ keypair }, onConnection)
  await server.listen({ port: 0, host: '127.0.0.1' })
  const target = { host: '127.0.0.1', port: server.port, serverKey: keypair.publicKey }
  const agent = createAgent(async () => [target], { maxSockets: GET_CONNECTIONS })
  return {
    connect: () => connect(target),
    agent,
    async [Symbol.asyncDispose]() {
      agent.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

async function startNodeTls(onConnection: OnConnection): Promise<Entrant> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const certificate = selfSigned(privateKey, publicKey)
  const tls = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256', ecdhCurve: 'X25519' } as const
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' })
  const open = new Set<Duplex>()
  const server = createNodeTlsServer({ ...tls, key, cert: certificate, noDelay: true }, (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const target = {
    ...tls,
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    ca: certificate,
    servername: 'bench.invalid',
    checkServerIdentity: () => undefined,
  }
  const agent = new Agent({ keepAlive: true, maxSockets: GET_CONNECTIONS })
  agent.createConnection = (_options, callback) => {
    const socket = connectNodeTls(target, () => callback?.(null, socket.setNoDelay()))
    return undefined
  }
  return {
    async connect() {
      const socket = connectNodeTls(target).setNoDelay()
      await once(socket, 'secureConnect')
      return socket
    },
    agent,
    async [Symbol.asyncDispose]() {
      agent.destroy()
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The least X.509 certificate that node:tls accepts, in PEM: name "bench", a hundred years, signed by itself. */
function selfSigned(privateKey: KeyObject, publicKey: KeyObject): string {
  const algorithm = der(0x30, Buffer.from('06032b6570', 'hex'))
  const name = der(0x30, der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from('bench')))))
  const validity = der(0x30, der(0x17, Buffer.from('250101000000Z')), der(0x18, Buffer.from('21250101000000Z')))
  const version = Buffer.from('a003020102', 'hex')
  const serial = der(0x02, Buffer.of(1))
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const body = der(0x30, version, serial, algorithm, name, validity, name, spki)
  const certificate = der(0x30, body, algorithm, der(0x03, Buffer.of(0), sign(null, body, privateKey)))
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length = content.length < 128 ? [content.length] : [0x82, content.length >>> 8, content.length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...length), content])
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '1' } },
  })
  for (const result of await run({ rounds: Number(values.rounds), seconds: Number(values.seconds) })) {
    const { name, unit, ratio, bar } = result
    const verdict = ratio >= bar ? 'ok' : 'MISSED'
    const [ours, nodeTls] = [median(result.ours), median(result.nodeTls)].map((rate) => Math.round(rate))
    console.log(`${name}: ours ${ours}, node:tls ${nodeTls} ${unit}; ratio ${ratio.toFixed(2)}, bar ${bar} ${verdict}`)
  }
}
