import { Keypair } from '@pubky/crypto'
import { describe, expect, it } from 'vitest'
import {
  MemoryCache,
  PkarrClient,
  PkarrError,
  type ResolvePolicy,
  relayTransport,
  signPacket,
  txtStrings,
} from '../src/index.ts'
import { type ScriptedAnswer, ScriptedRelay } from './scripted-relay.ts'
import { vectors } from './vectors.ts'

const keypair = Keypair.fromSecret(new Uint8Array(32).fill(7))
const key = keypair.publicKey
const packet = signPacket({
  keypair,
  records: [{ type: 'TXT', name: 'foo', ttl: 60, strings: txtStrings('bar') }],
  timestamp: 1_700_000_000_500_000n,
})
const body = packet.payload()
const MEMENTO = 'Tue, 14 Nov 2023 22:13:20 GMT'
const FUTURE = 'Fri, 31 Dec 9999 23:59:59 GMT'
const BYPASS = 'no-cache, no-store, must-revalidate'

const good: ScriptedAnswer = { body }
const old: ScriptedAnswer = { body, headers: { 'memento-datetime': MEMENTO } }
const stored = (count: string): ScriptedAnswer => ({ status: 204, headers: { 'pkarr-dht-stored-nodes': count } })
const status = (code: number, headers = {}): ScriptedAnswer => ({ status: code, headers, body: new Uint8Array(3) })
const broken = body.slice()
broken[0] = broken[0]! ^ 1

/** What our relay is scripted to do in each case of `#relay_client_seen` with one relay and one request kind. */
const SCRIPTS: Readonly<Record<string, readonly ScriptedAnswer[]>> = {
  'PUT 204 with count': [stored('7')],
  'PUT, base path /relay': [{ status: 204 }],
  'PUT bad count': [stored('many')],
  'PUT 400 Bad Request': [status(400)],
  'PUT 409 Conflict': [status(409)],
  'PUT 412 Precondition Failed': [status(412)],
  'PUT 428 Precondition Required': [status(428)],
  'PUT 429 Too Many Requests': [status(429)],
  'PUT 500 Internal Server Error': [status(500)],
  'PUT 503 Service Unavailable': [status(503)],
  'PUT 302 Found, Location: /x': [status(302, { location: '/x' }), status(503)],
  'GET CacheFirst, server: 200 with Memento-Datetime of 2023': [old],
  'GET CacheOnly, server: 200 with Memento-Datetime of 2023': [old],
  'GET NetworkOnly, server: 200 with Memento-Datetime of 2023': [old],
  'GET CacheFirst, server: 200 without memento': [good],
  'GET CacheFirst, server: memento in the future': [{ body, headers: { 'memento-datetime': FUTURE } }],
  'GET CacheFirst, server: chunked, then chunked': [{ body, chunked: true }],
  'GET CacheFirst, server: empty 200, then good': [{}, good],
  'GET CacheFirst, server: unasked 304, then good': [{ status: 304 }, good],
  'GET NetworkOnly, server: chunked': [{ body, chunked: true }],
  'GET 404': [status(404)],
  'GET 404 with seq': [status(404, { 'pkarr-invalid-signed-packet-seq': '5' })],
  'GET 404 with bad seq': [status(404, { 'pkarr-invalid-signed-packet-seq': 'x' })],
  'GET 400 Bad Request': [status(400)],
  'GET 429 Too Many Requests': [status(429)],
  'GET 500 Internal Server Error': [status(500)],
  'GET 503 Service Unavailable': [status(503)],
  'GET 200 too long': [{ body: new Uint8Array(1105) }],
  'GET 200 broken signature': [{ body: broken }],
  'publish, then CacheFirst with expired cache: 304': [stored('1'), { status: 304 }],
  'publish, then CacheFirst with expired cache: same packet': [stored('1'), good],
}

/** Our error codes in the words of the official client. */
const OFFICIAL_NAMES: Readonly<Record<string, string>> = {
  'no-responses': 'Err(NoResponses)',
  'unexpected-responses': 'Err(UnexpectedResponses)',
  'not-most-recent': 'Err(NotMostRecent)',
}

async function outcome(action: () => Promise<string>): Promise<string> {
  try {
    return await action()
  } catch (error) {
    if (!(error instanceof PkarrError)) throw error
    if (error.code === 'invalid-signed-packet') return `Err(InvalidSignedPacket { seq: ${error.seq} })`
    return OFFICIAL_NAMES[error.code] ?? error.code
  }
}

async function resolved(client: PkarrClient, policy: ResolvePolicy): Promise<string> {
  const before = BigInt(Date.now()) * 1000n
  const found = await client.resolve(key, { policy })
  if (found === undefined) return 'Err(NotFound)'
  expect(found.isSameAs(packet)).toBe(true)
  const seen = found.lastSeen >= before ? 'now' : 'the given date'
  if (seen === 'the given date') expect(found.lastSeen).toBe(1_700_000_000_000_000n)
  return `Ok(ts ${found.timestamp}, last_seen = ${seen})`
}

async function published(client: PkarrClient): Promise<string> {
  return `Ok(${(await client.publish(packet)).storedNodes})`
}

const cases = vectors.relay_client_seen.cases.filter((vector) => SCRIPTS[vector.case] !== undefined)

describe('the official client against a scripted server', () => {
  it('has a script for every case but those with several relays, bad set-ups and panics', () => {
    expect(vectors.relay_client_seen.cases.filter((vector) => !cases.includes(vector)).map((v) => v.case)).toEqual([
      'PUT, base path /relay/',
      'two relays 204+409',
      'three relays 204(3)+204(11)+409',
      'empty list',
      'no network',
      'ftp relay',
      'silent relay',
      'publish a packet of year 10000, then CacheFirst with expired cache',
    ])
  })

  it.each(cases)('$case', async (vector) => {
    await using relay = await ScriptedRelay.start(...SCRIPTS[vector.case]!)
    const path = vector.case.includes('base path') ? '/relay' : ''
    const expired = vector.case.includes('expired cache')
    await using client = new PkarrClient({
      transports: [relayTransport([relay.url + path])],
      ...(expired ? { minimumTtl: 0, maximumTtl: 0 } : {}),
    })
    const policy = (['CacheOnly', 'NetworkOnly'] as const).find((name) => vector.case.includes(name)) ?? 'CacheFirst'
    const result = vector.case.startsWith('PUT')
      ? await outcome(() => published(client))
      : expired
        ? `${await published(client)} then ${await outcome(() => resolved(client, policy))}`
        : await outcome(() => resolved(client, policy))
    expect(result).toBe(vector.result)
    const official = (line: string) => line.replace('7jfgaa9nutjyixzikb7tgmsf9gkwq7iqz498zr1nd5ig1fng4esy', key.z32())
    expect(relay.requests.map((request) => request.line)).toEqual(vector.requests?.map((seen) => official(seen.line)))
    for (const [index, request] of relay.requests.entries()) {
      const seen = vector.requests?.[index]?.headers ?? {}
      expect(request.headers['cache-control']).toBe(seen['cache-control'])
      expect(request.headers['if-modified-since']).toBe(seen['if-modified-since'])
      expect(request.headers['content-type']).toBeUndefined()
      if (request.line.startsWith('PUT')) expect(request.body).toEqual(body)
    }
  })

  it('never sends an empty path segment, however the address is written', async () => {
    await using relay = await ScriptedRelay.start({ status: 204 })
    await using client = new PkarrClient({ transports: [relayTransport([`${relay.url}/relay//`])] })
    await client.publish(packet)
    expect(relay.requests[0]?.line).toBe(`PUT /relay/${key.z32()}`)
  })
})

describe('several relays', () => {
  async function publishTo(...answers: readonly ScriptedAnswer[]): Promise<string> {
    await using stack = new AsyncDisposableStack()
    const urls: string[] = []
    for (const answer of answers) urls.push(stack.use(await ScriptedRelay.start(answer)).url)
    const client = stack.use(new PkarrClient({ transports: [relayTransport(urls)] }))
    return await outcome(() => published(client))
  }

  it('lets as many conflicts as successes win', async () => {
    expect(await publishTo({ status: 204 }, status(409))).toBe('Err(NotMostRecent)')
    expect(await publishTo(stored('3'), stored('11'), status(409))).toBe('Ok(11)')
  })

  it('takes the first good answer and does not wait for a silent relay', async () => {
    await using silent = await ScriptedRelay.start({ silent: true })
    await using relay = await ScriptedRelay.start(good)
    await using client = new PkarrClient({ transports: [relayTransport([silent.url, relay.url])] })
    expect(await resolved(client, 'CacheFirst')).toContain('now')
  })

  it('counts a relay without the packet more than one that fails', async () => {
    await using failing = await ScriptedRelay.start(status(500))
    await using empty = await ScriptedRelay.start(status(404))
    await using client = new PkarrClient({ transports: [relayTransport([failing.url, empty.url])] })
    expect(await outcome(() => resolved(client, 'NetworkOnly'))).toBe('Err(NotFound)')
  })

  it('keeps the most recent answer of all for NetworkOnly', async () => {
    const later = signPacket({ keypair, records: [] })
    await using behind = await ScriptedRelay.start(good)
    await using ahead = await ScriptedRelay.start({ body: later.payload() })
    await using client = new PkarrClient({ transports: [relayTransport([ahead.url, behind.url])] })
    expect((await client.resolve(key, { policy: 'NetworkOnly' }))?.isSameAs(later)).toBe(true)
    expect(client.cached(key)?.isSameAs(later)).toBe(true)
  })
})

describe('trouble', () => {
  it('reports a relay that stays silent as no response, after the timeout', async () => {
    await using relay = await ScriptedRelay.start({ silent: true })
    await using client = new PkarrClient({ transports: [relayTransport([relay.url], { timeoutMs: 50 })] })
    expect(await outcome(() => resolved(client, 'CacheFirst'))).toBe('Err(NoResponses)')
    expect(await outcome(() => published(client))).toBe('Err(NoResponses)')
  })

  it('reports a relay that cannot be reached as no response', async () => {
    let url: string
    {
      await using relay = await ScriptedRelay.start()
      url = relay.url
    }
    await using client = new PkarrClient({ transports: [relayTransport([url])] })
    expect(await outcome(() => resolved(client, 'CacheFirst'))).toBe('Err(NoResponses)')
  })

  it('stops on the caller’s signal with its reason', async () => {
    await using relay = await ScriptedRelay.start({ silent: true })
    await using client = new PkarrClient({ transports: [relayTransport([relay.url])] })
    const reason = new Error('changed my mind')
    const controller = new AbortController()
    const looking = client.resolve(key, { signal: controller.signal })
    const publishing = client.publish(packet, { signal: controller.signal })
    controller.abort(reason)
    await expect(looking).rejects.toBe(reason)
    await expect(publishing).rejects.toBe(reason)
  })

  it.each([
    [[], 'no-network', 'passed an empty list of relays'],
    [['ftp://x/'], 'invalid-relay', 'Relays Urls should have `http` or `https`: ftp://x/'],
    [['not an address'], 'invalid-relay', 'not a relay address: not an address'],
  ])('refuses the relays %j', (urls, code, message) => {
    expect(() => relayTransport(urls)).toThrow(expect.objectContaining({ code, message }))
  })

  it('refuses a client without a network', () => {
    expect(() => new PkarrClient({ transports: [] })).toThrow('client configured without DHT client or relays')
  })

  it('sends the expected timestamp as a condition and understands a refusal', async () => {
    await using relay = await ScriptedRelay.start(good, status(412))
    await using client = new PkarrClient({ transports: [relayTransport([relay.url])], cache: new MemoryCache(0) })
    const next = signPacket({ keypair, records: [] })
    await expect(client.publish(next, { expectPrevious: packet.timestamp })).rejects.toMatchObject({
      code: 'not-most-recent',
    })
    expect(relay.requests.map((request) => [request.line.slice(0, 3), request.headers['if-match']])).toEqual([
      ['GET', undefined],
      ['PUT', '1700000000500000'],
    ])
    expect(relay.requests[0]?.headers['cache-control']).toBe(BYPASS)
  })
})
