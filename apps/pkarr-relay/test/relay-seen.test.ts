/** Every exchange recorded with the official relay, against ours on a real DHT of the same size. */
import { createSocket } from 'node:dgram'
import { hexDecode, hexEncode } from '@pubky/crypto'
import { DhtNode, DhtTestnet } from '@pubky/dht'
import { parseQuota, silentLogger } from '@pubky/server-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPkarrRelay, dhtNetwork, type PkarrRelay, TESTNET } from '../src/index.ts'
import { type Answer, exchange } from './exchange.ts'
import { type SeenExchange, vectors } from './vectors.ts'

const log = silentLogger()
const stack = new AsyncDisposableStack()
const relays = {} as Record<SeenExchange['relay'], PkarrRelay>

/** What our answer must be where a "Better" line of the specification says something else than was seen. */
const BETTER: Readonly<Record<string, { readonly status: number; readonly text?: RegExp }>> = {
  'last second of year 9999': { status: 400, text: /more than 24 hours in the future/ },
  'year 10000': { status: 400, text: /not between the years 1970 and 9999/ },
  'timestamp 2^63': { status: 400, text: /not between the years 1970 and 9999/ },
  'small-order key': { status: 400, text: /small order/ },
}
/** Keys whose owner alone could have put what these exchanges found: they are told again in `pkarr-relay.test.ts`. */
const FOREIGN = ['jydiwsm6qep', 'mao1ancyh13', 'n9fzu63mero']
/** Keys whose packet we refused, so that nothing is there. */
const REFUSED = ['c778jsmrh1w', '5qci9a1tp8e']

beforeAll(async () => {
  const host = '127.0.0.1'
  const requestTimeout = 200
  const testnet = stack.use(await DhtTestnet.create({ size: 10, port: 0 }))
  const start = async (bootstrap: readonly string[], init: Parameters<typeof createPkarrRelay>[0] = {}) => {
    const node = stack.use(await DhtNode.create({ host, port: 0, bootstrap, requestTimeout, serverMode: false }))
    if (bootstrap.length > 1) await node.bootstrapped()
    const network = dhtNetwork(node, log, TESTNET)
    return stack.use(await createPkarrRelay({ host, port: 0, cacheSize: 10, network, ...init }))
  }
  const silent = createSocket('udp4')
  await new Promise<void>((resolve) => silent.bind(0, host, resolve))
  stack.defer(() => void silent.close())
  const [hourly, many] = [parseQuota('1r/h'), parseQuota('600r/m')]
  relays.a = await start(testnet.bootstrap)
  relays.dead = await start([`${host}:${silent.address().port}`])
  relays.empty = await start([])
  relays.limited = await start(testnet.bootstrap, {
    limits: { requests: { quota: hourly, burst: 3 }, dhtRequests: { quota: many } },
  })
  relays.dhtLimited = await start(testnet.bootstrap, {
    limits: { requests: { quota: many }, dhtRequests: { quota: hourly, burst: 1 }, behindProxy: true },
  })
})
afterAll(() => stack.disposeAsync())

function bodyOf(seen: SeenExchange): { body?: Uint8Array; chunked?: boolean } {
  if (seen.bodyHex !== undefined) return { body: hexDecode(seen.bodyHex) }
  const fill = /^(\d+) bytes of 61( chunked)?$/.exec(seen.bodyFill ?? '')
  if (fill === null) return {}
  return { body: new Uint8Array(Number(fill[1])).fill(0x61), chunked: fill[2] !== undefined }
}

function send(seen: SeenExchange): Promise<Answer> {
  const [method = '', path = ''] = seen.request.split(' ')
  const headers = { ...seen.requestHeaders }
  if (headers.X !== undefined) headers.X = 'x'.repeat(20_000)
  return exchange(relays[seen.relay].url, { method, path, headers, ...bodyOf(seen) })
}

/** The seen headers as our "Better" rules of spec 04 §2.3 and §2.4 change them. */
function expectHeaders(answer: Answer, seen: SeenExchange, expected: Readonly<Record<string, string>>): void {
  const isPreflight = seen.request.startsWith('OPTIONS')
  for (const [name, value] of Object.entries(expected)) {
    const actual = answer.headers[name]
    if (name === 'access-control-allow-credentials') expect(actual).toBeUndefined()
    else if (name === 'access-control-expose-headers')
      expect(actual?.startsWith(`${value},memento-datetime`)).toBe(true)
    else if (name === 'cache-control')
      expect(`${actual}`.replace(/(3600|3599)/, '3600')).toBe(`${value}, stale-while-revalidate=60`)
    else if (name === 'memento-datetime') expect(Date.parse(actual ?? '')).toBeGreaterThan(Date.now() - 60_000)
    else if (name === 'x-ratelimit-remaining' && seen.relay === 'dhtLimited') {
      // Ten tokens a second come back, and the official relay took longer.
      expect(Math.abs(Number(actual) - Number(value))).toBeLessThan(10)
    } else if (value === '<decimal>') expect(actual).toMatch(/^\d+$/)
    else if (name === 'content-length' && seen.request.startsWith('HEAD '))
      expect(actual === undefined || /^\d+$/.test(actual)).toBe(true)
    else expect([name, actual]).toEqual([name, value])
  }
  if (isPreflight) expect(answer.headers['access-control-max-age']).toBe('86400')
  if (!('content-type' in expected)) expect(answer.headers['content-type']).toBeUndefined()
}

const exchanges = vectors.relay_seen.exchanges.map((seen, index) => ({ ...seen, index }))

describe('the exchanges seen with the official relay, in their order', () => {
  it.each(exchanges)('$index $relay: $request ($note)', async (seen) => {
    if (FOREIGN.some((key) => seen.request.includes(key))) {
      expect(seen.response === null || [404, 409].includes(seen.response.status)).toBe(true)
      return
    }
    const answer = await send(seen)
    const better = BETTER[seen.note ?? '']
    if (better !== undefined && seen.request.startsWith('PUT')) {
      expect(answer.status).toBe(better.status)
      if (better.text !== undefined) expect(answer.text).toMatch(better.text)
      return
    }
    if (REFUSED.some((key) => seen.request.includes(key))) {
      expect(answer.status).toBe(404)
      return
    }
    if (seen.relay === 'limited' && seen.request.startsWith('OPTIONS')) {
      // Preflights are not counted, and so not refused (Better).
      expect(answer.status).toBe(200)
      return
    }
    const expected = seen.response!
    expect(answer.status).toBe(expected.status)
    if (expected.body !== undefined) expect(answer.text).toBe(expected.body)
    if (expected.bodyHex !== undefined) expect(hexEncode(answer.body)).toBe(expected.bodyHex)
    if (expected.bodyPrefix !== undefined) expect(answer.text.startsWith(expected.bodyPrefix)).toBe(true)
    // Node answers an oversize head by itself, before our routes.
    if (answer.status !== 431) expectHeaders(answer, seen, expected.headers)
  })
})
