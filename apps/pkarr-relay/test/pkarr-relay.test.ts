import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hexDecode, Keypair } from '@pubky/crypto'
import { DhtNode, DhtTestnet, signMutableItem } from '@pubky/dht'
import {
  type DnsRecord,
  formatHttpDate,
  PkarrClient,
  relayTransport,
  resolveFailure,
  type SignedPacket,
  signPacket,
  txtStrings,
} from '@pubky/pkarr'
import { parseQuota, silentLogger } from '@pubky/server-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPkarrRelay, dhtNetwork, type PkarrRelayInit, TESTNET } from '../src/index.ts'
import { exchange } from './exchange.ts'
import { FakeNetwork, failing, found } from './fake-network.ts'
import { vectors } from './vectors.ts'

const HOST = '127.0.0.1'
const log = silentLogger()
const txt = (text: string, ttl = 3600): DnsRecord => ({ type: 'TXT', name: 'foo', ttl, strings: txtStrings(text) })
const build = (keypair: Keypair, timestamp?: bigint, text = 'x', ttl = 3600) =>
  signPacket({ keypair, records: [txt(text, ttl)], ...(timestamp === undefined ? {} : { timestamp }) })

/** A relay in front of a network that the test plays. */
async function fakeRelay(init: PkarrRelayInit = {}) {
  const network = new FakeNetwork()
  const relay = await createPkarrRelay({ host: HOST, port: 0, network, ...init })
  const at = (packet: SignedPacket) => `/${packet.publicKey.z32()}`
  return {
    network,
    relay,
    put: (packet: SignedPacket, headers = {}) =>
      exchange(relay.url, { method: 'PUT', path: at(packet), body: packet.payload(), headers }),
    get: (path: string, headers = {}) => exchange(relay.url, { path, headers }),
    at,
    [Symbol.asyncDispose]: () => relay.stop(),
  }
}

describe('vectors', () => {
  it('of HTTP exchanges', async () => {
    await using relay = await fakeRelay()
    for (const vector of vectors.relayHttp) {
      const [method = '', path = ''] = vector.request.split(' ')
      const filled = vector.bodyBytes === undefined ? {} : { body: new Uint8Array(vector.bodyBytes) }
      const body = vector.bodyHex === undefined ? filled : { body: hexDecode(vector.bodyHex) }
      const answer = await exchange(relay.relay.url, { method, path, ...body })
      const { status, bodyHex, bodyPrefix } = vector.response
      expect([vector.request, answer.status]).toEqual([vector.request, status])
      if (bodyHex !== undefined) expect(answer.body).toEqual(hexDecode(bodyHex))
      if (bodyPrefix !== undefined) expect(answer.text.startsWith(bodyPrefix)).toBe(true)
    }
  })

  it.each(vectors.notModified)('$packet with If-Modified-Since: $ifModifiedSince is $status', async (vector) => {
    await using relay = await fakeRelay()
    const packet = build(Keypair.random(), BigInt(vector.packet))
    await relay.put(packet)
    const answer = await relay.get(relay.at(packet), { 'if-modified-since': vector.ifModifiedSince })
    expect(answer.status).toBe(vector.status)
  })

  it.each(vectors.invalidPayloads)('PUT of $name', async ({ z32, payloadHex, relayStatus }) => {
    await using relay = await fakeRelay()
    const body = hexDecode(payloadHex)
    const answer = await exchange(relay.relay.url, { method: 'PUT', path: `/${z32}`, body })
    expect(answer.status).toBe(relayStatus)
    expect(relay.network.published).toEqual([])
  })
})

describe('on a real DHT', () => {
  const stack = new AsyncDisposableStack()
  let testnet: DhtTestnet
  const open = async (init: PkarrRelayInit = {}) => {
    const mainline = {
      host: HOST,
      port: 0,
      bootstrap: testnet.bootstrap,
      requestTimeout: 200,
      serverMode: false,
    } as const
    return await createPkarrRelay({ host: HOST, port: 0, mainline, ...init })
  }
  beforeAll(async () => {
    testnet = stack.use(await DhtTestnet.create({ size: 10, port: 0 }))
  })
  afterAll(() => stack.disposeAsync())

  it('one relay finds what another one published, and so do our client and a bare node', async () => {
    await using first = await open()
    await using second = await open()
    const packet = build(Keypair.random())
    const path = `/${packet.publicKey.z32()}`
    const stored = await exchange(first.url, { method: 'PUT', path, body: packet.payload() })
    expect([stored.status, Number(stored.headers['pkarr-dht-stored-nodes'])]).toEqual([204, 10])
    expect((await exchange(second.url, { path })).body).toEqual(packet.payload())
    await using client = new PkarrClient({ transports: [relayTransport([second.url])] })
    expect((await client.resolve(packet.publicKey, { policy: 'NetworkOnly' }))?.isSameAs(packet)).toBe(true)
    const { item } = await testnet.nodes[3]!.getMutableMostRecent(packet.publicKey)
    expect(item?.seq).toBe(packet.timestamp)
  })

  it('tells an item that is no packet by its number', async () => {
    await using relay = await open()
    const keypair = Keypair.random()
    const path = `/${keypair.publicKey.z32()}`
    const item = signMutableItem(keypair, { seq: 1_700_000_000_000_000n, value: new Uint8Array(3) })
    await testnet.nodes[0]!.putMutable(item)
    for (const policy of ['CacheFirst', 'NetworkOnly']) {
      const answer = await exchange(relay.url, { path: `${path}?policy=${policy}` })
      expect([answer.status, answer.headers['pkarr-invalid-signed-packet-seq'], answer.text]).toEqual([
        404,
        '1700000000000000',
        'DHT mutable item at seq 1700000000000000 is not a valid signed packet',
      ])
    }
    const cached = await exchange(relay.url, { path: `${path}?policy=CacheOnly` })
    expect([cached.status, cached.text]).toEqual([404, ''])
  })

  it('does not trip over a negative number', async () => {
    await using relay = await open()
    const keypair = Keypair.random()
    const value = signPacket({ keypair, records: [] }).dns
    await testnet.nodes[0]!.putMutable(signMutableItem(keypair, { seq: -5n, value }))
    const answer = await exchange(relay.url, { path: `/${keypair.publicKey.z32()}` })
    expect([answer.status, answer.headers['pkarr-invalid-signed-packet-seq']]).toEqual([404, '-5'])
  })

  it('refuses a packet older than the one in the DHT, which it has not seen', async () => {
    await using relay = await open()
    const keypair = Keypair.random()
    const newer = build(keypair, 20n)
    const { publicKey, timestamp: seq, dns: value, signature } = newer
    await testnet.nodes[0]!.putMutable({ publicKey, seq, value, signature })
    const older = build(keypair, 10n)
    const answer = await exchange(relay.url, { method: 'PUT', path: `/${publicKey.z32()}`, body: older.payload() })
    expect([answer.status, answer.text]).toEqual([409, 'packet is not the most recent'])
  })

  it('keeps packets and known nodes across a restart, and loses nothing with its cache', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pkarr-relay-test-'))
    const packet = build(Keypair.random())
    const path = `/${packet.publicKey.z32()}`
    {
      await using relay = await open({ cachePath: folder })
      await exchange(relay.url, { method: 'PUT', path, body: packet.payload() })
    }
    expect((await readdir(join(folder, 'pkarr-cache'))).sort()).toEqual(['dht-nodes.json', 'packets.sqlite'])
    {
      // No way into the network is left but the nodes of the last run.
      const mainline = { host: HOST, port: 0, bootstrap: [], serverMode: false } as const
      await using relay = await open({ cachePath: folder, mainline })
      const answer = await exchange(relay.url, { path: `${path}?policy=CacheOnly` })
      expect(answer.body).toEqual(packet.payload())
      expect((await exchange(relay.url, { path: `${path}?policy=NetworkOnly` })).status).toBe(200)
    }
    await rm(folder, { recursive: true })
    await using relay = await open({ cachePath: folder })
    expect((await exchange(relay.url, { path: `${path}?policy=CacheOnly` })).status).toBe(404)
    expect((await exchange(relay.url, { path })).body).toEqual(packet.payload())
    await rm(folder, { recursive: true })
  })

  it('shows its node and a key with records on the status page', async () => {
    await using relay = await open()
    const packet = build(Keypair.random(), undefined, '<b>&"')
    const z32 = packet.publicKey.z32()
    await exchange(relay.url, { method: 'PUT', path: `/${z32}`, body: packet.payload() })
    const page = await exchange(relay.url, { path: `/?key=pk%3A${z32}` })
    expect(page.status).toBe(200)
    for (const part of ['node port', 'node firewalled', 'dht size estimate', 'Nodes +/-', z32, 'TXT', '<td>foo</td>']) {
      expect(page.text).toContain(part)
    }
    expect(page.text).toContain('&lt;b&gt;&amp;')
    expect(page.text).not.toContain('<b>')
  })

  it('serves health and metrics on a socket of its own', async () => {
    await using relay = await open({ monitoring: { host: HOST, port: 0 } })
    const packet = build(Keypair.random())
    const path = `/${packet.publicKey.z32()}`
    await exchange(relay.url, { method: 'PUT', path, body: packet.payload() })
    await exchange(relay.url, { path })
    const url = relay.monitoringUrl ?? ''
    const health: unknown = JSON.parse((await exchange(url, { path: '/health' })).text)
    expect(health).toMatchObject({ status: 'ok', cache: { size: 1 }, dht: { port: relay.dhtPort, contacts: 10 } })
    expect((await exchange(url, { path: '/readyz' })).status).toBe(200)
    const { text } = await exchange(url, { path: '/metrics' })
    expect(text).toContain('pkarr_relay_publishes_total{outcome="stored"} 1')
    expect(text).toContain('pkarr_relay_lookups_total{source="cache"} 1')
    expect(text).toContain('pkarr_relay_http_requests_total{method="PUT",status="204"} 1')
    expect(text).not.toContain(packet.publicKey.z32())
    expect((await exchange(relay.url, { path: '/metrics' })).status).toBe(400)
  })

  it('names the port and the option when its DHT port is taken', async () => {
    await using node = await DhtNode.create({ host: HOST, port: 0, bootstrap: [] })
    const { port } = node.address
    await expect(open({ mainline: { host: HOST, port, bootstrap: [] } })).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringMatching(new RegExp(`${port}.*mainline\\.port`)),
    })
  })

  it('lends the node of somebody else and leaves it running', async () => {
    const node = testnet.nodes[0]!
    {
      await using relay = await createPkarrRelay({ host: HOST, port: 0, network: dhtNetwork(node, log, TESTNET) })
      expect(relay.dhtPort).toBe(node.address.port)
    }
    expect((await node.findNode(new Uint8Array(20))).length).toBeGreaterThan(0)
  })
})

describe('answers', () => {
  it('accept an empty segment before the key, as official clients behind a prefix send it', async () => {
    await using relay = await fakeRelay()
    const packet = build(Keypair.random())
    await exchange(relay.relay.url, { method: 'PUT', path: `/${relay.at(packet)}`, body: packet.payload() })
    expect((await relay.get(`/${relay.at(packet)}`)).body).toEqual(packet.payload())
  })

  it('say how long is left, not the whole life', async () => {
    await using relay = await fakeRelay()
    const packet = build(Keypair.random())
    relay.network.answer = found(packet.withLastSeen(packet.lastSeen - 3_000_000_000n))
    const answer = await relay.get(relay.at(packet))
    expect(answer.headers['cache-control']).toMatch(/^public, max-age=(600|599), stale-while-revalidate=60$/)
    expect(answer.headers['memento-datetime']).toBe(formatHttpDate(packet.lastSeen - 3_000_000_000n))
  })

  it('of a fresh packet do not ask the network, of an expired one do, with what is known', async () => {
    await using relay = await fakeRelay({ minimumTtl: 0, maximumTtl: 0 })
    const packet = build(Keypair.random(), 5n)
    relay.network.answer = found(packet)
    await relay.get(relay.at(packet))
    await relay.get(relay.at(packet))
    expect(relay.network.queries.map((query) => query.known)).toEqual([undefined, 5n])
    await relay.get(`${relay.at(packet)}?policy=CacheOnly`)
    expect(relay.network.queries).toHaveLength(2)
  })

  it('take Cache-Control: no-cache of old clients for NetworkOnly, unless they name a policy', async () => {
    await using relay = await fakeRelay()
    const packet = build(Keypair.random())
    await relay.put(packet)
    relay.network.answer = found(packet)
    await relay.get(relay.at(packet), { 'cache-control': 'no-cache' })
    await relay.get(`${relay.at(packet)}?policy=CacheFirst`, { 'cache-control': 'no-cache' })
    expect(relay.network.queries.map((query) => query.policy)).toEqual(['NetworkOnly'])
  })

  it('remember for a moment that there is nothing, until somebody publishes', async () => {
    await using relay = await fakeRelay({ negativeTtlMs: 60_000 })
    const packet = build(Keypair.random())
    expect((await relay.get(relay.at(packet))).status).toBe(404)
    expect((await relay.get(relay.at(packet))).status).toBe(404)
    expect(relay.network.queries).toHaveLength(1)
    await relay.put(packet)
    expect((await relay.get(relay.at(packet))).status).toBe(200)
  })

  it.each([
    ['no-nodes', 'No DHT nodes were queried'],
    ['no-responses', 'No queried DHT nodes responded'],
    ['no-usable-responses', 'No responded DHT nodes returned usable response'],
    ['unexpected-responses', 'No responded DHT nodes returned usable response'],
  ] as const)('of a failed look-up (%s) are 503', async (code, text) => {
    await using relay = await fakeRelay()
    relay.network.answer = failing(resolveFailure(code))
    const answer = await relay.get(relay.at(build(Keypair.random())))
    expect([answer.status, answer.text]).toEqual([503, text])
  })

  it('of a failed look-up tell about an expired packet when asked to', async () => {
    for (const staleHint of [true, false]) {
      await using relay = await fakeRelay({ minimumTtl: 0, maximumTtl: 0, staleHint })
      const packet = build(Keypair.random())
      await relay.put(packet)
      relay.network.answer = failing(resolveFailure('no-responses'))
      const answer = await relay.get(relay.at(packet))
      expect([answer.status, answer.headers['pkarr-stale']]).toEqual([503, staleHint ? '1' : undefined])
    }
  })

  it('for unknown keys can be 503, as test suites of official clients expect', async () => {
    await using relay = await fakeRelay({ unknownKeys: 'unavailable' })
    const path = relay.at(build(Keypair.random()))
    expect((await relay.get(path)).status).toBe(503)
    expect((await relay.get(`${path}?policy=CacheOnly`)).status).toBe(404)
  })

  it('of one look-up go to all who ask for the same key', async () => {
    await using relay = await fakeRelay()
    const packet = build(Keypair.random())
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    relay.network.answer = async function* () {
      await gate
      yield { kind: 'packet', packet }
    }
    const asking = [relay.get(relay.at(packet)), relay.get(relay.at(packet))]
    await expect.poll(() => relay.network.queries.length).toBe(1)
    open()
    expect((await Promise.all(asking)).map((answer) => answer.status)).toEqual([200, 200])
    expect(relay.network.queries).toHaveLength(1)
  })

  it('show an error page that says what is wrong', async () => {
    await using relay = await fakeRelay()
    const page = await relay.get('/?key=%3Cscript%3E')
    expect([page.status, page.text.includes('Not a public key'), page.text.includes('<script>')]).toEqual([
      400,
      true,
      false,
    ])
    const unknown = await relay.get(`/?key=${Keypair.random().publicKey.z32()}`)
    expect([unknown.status, unknown.text.includes('Nothing found')]).toEqual([404, true])
    relay.network.answer = failing(resolveFailure('no-responses'))
    const failed = await relay.get(`/?key=${Keypair.random().publicKey.z32()}`)
    expect([failed.status, failed.text.includes('No queried DHT nodes responded')]).toEqual([503, true])
  })

  it('of a request that breaks something inside are 500, with CORS', async () => {
    await using relay = await fakeRelay()
    relay.network.publishing = () => Promise.reject(new Error('broken'))
    const answer = await relay.put(build(Keypair.random()), { origin: 'https://a.example' })
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([500, 'https://a.example'])
  })
})

describe('preconditions', () => {
  const keypair = Keypair.random()
  const cases = [
    ['if-match', '10', 204],
    ['if-match', '9', 412],
    ['if-match', 'garbage', 204],
    ['if-unmodified-since', 'Thu, 01 Jan 1970 00:00:00 GMT', 204],
    ['if-unmodified-since', 'garbage', 204],
  ] as const

  it.each(cases)('%s: %s is %i when they count, and 204 when they do not', async (name, value, status) => {
    for (const honourPreconditions of [true, false]) {
      await using relay = await fakeRelay({ honourPreconditions })
      await relay.put(build(keypair, 10n))
      relay.network.answer = found(build(keypair, 10n))
      const answer = await relay.put(build(keypair, 20n), { [name]: value })
      expect(answer.status).toBe(honourPreconditions ? status : 204)
    }
  })

  it('count against the network when nothing is cached', async () => {
    await using relay = await fakeRelay({ honourPreconditions: true })
    relay.network.answer = found(build(keypair, 7_000_000n))
    const date = formatHttpDate(6_000_000n)
    expect((await relay.put(build(keypair, 20_000_000n), { 'if-unmodified-since': date })).status).toBe(412)
    const exact = formatHttpDate(7_000_000n)
    expect((await relay.put(build(keypair, 20_000_000n), { 'if-unmodified-since': exact })).status).toBe(204)
  })
})

describe('limits', () => {
  const once = { quota: parseQuota('1r/h') }
  const many = { quota: parseQuota('1000r/h') }
  const from = (address: string, header = 'x-forwarded-for') => ({ [header]: address })

  it('count clients behind a proxy by the last address that the proxy wrote', async () => {
    await using relay = await fakeRelay({ limits: { requests: once, dhtRequests: many, behindProxy: true } })
    const path = relay.at(build(Keypair.random()))
    expect((await relay.get(path, from('198.51.100.1'))).status).toBe(404)
    expect((await relay.get(path, from('203.0.113.9, 198.51.100.1'))).status).toBe(429)
    expect((await relay.get(path, from('198.51.100.2', 'x-real-ip'))).status).toBe(404)
    expect((await relay.get(path, from('198.51.100.2', 'x-real-ip'))).status).toBe(429)
    expect((await relay.get(path, from('for=198.51.100.3;proto=http', 'forwarded'))).status).toBe(404)
    expect((await relay.get(path, from('for="198.51.100.3"', 'forwarded'))).status).toBe(429)
    expect((await relay.get(path, from('for="[2001:db8::1]"', 'forwarded'))).status).toBe(404)
    expect((await relay.get(path, from('2001:db8::2'))).status).toBe(429)
  })

  it('do not believe headers without a proxy', async () => {
    await using relay = await fakeRelay({ limits: { requests: once, dhtRequests: many } })
    const path = relay.at(build(Keypair.random()))
    expect((await relay.get(path, from('198.51.100.1'))).status).toBe(404)
    expect((await relay.get(path, from('198.51.100.2'))).status).toBe(429)
  })

  it('refuse with CORS, and tell when to come back', async () => {
    await using relay = await fakeRelay({ limits: { requests: many, dhtRequests: once } })
    const packet = build(Keypair.random())
    await relay.put(packet)
    const origin = { origin: 'https://a.example' }
    const refused = await relay.get(relay.at(build(Keypair.random())), origin)
    expect([refused.status, refused.text]).toEqual([429, 'Too many requests to DHT nodes'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3000)
    expect(refused.headers['access-control-allow-origin']).toBe('https://a.example')
    expect((await relay.get(relay.at(packet))).status).toBe(200)
    expect((await relay.get(`/?key=${Keypair.random().publicKey.z32()}`)).status).toBe(429)
  })
})

describe('connections', () => {
  it('that are older than allowed are closed after their next answer', async () => {
    await using relay = await fakeRelay({ maxConnectionAgeMs: 0 })
    const socket = connect(relay.relay.port, HOST)
    const seen: string[] = []
    socket.setEncoding('utf8').on('data', (part: string) => seen.push(part))
    const ask = () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    ask()
    await expect.poll(() => seen.join('').includes('</html>')).toBe(true)
    ask()
    await new Promise((resolve) => socket.once('close', resolve))
    expect(seen.join('').match(/connection: (close|keep-alive)/gi)).toEqual([
      'Connection: keep-alive',
      'connection: close',
    ])
  })

  it('end with the relay, which can be stopped twice and leaves no temporary folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pkarr-relay-test-'))
    const before = process.env.TMPDIR
    process.env.TMPDIR = folder
    try {
      const { relay } = await fakeRelay()
      expect(await readdir(folder)).toHaveLength(1)
      const socket = connect(relay.port, HOST)
      await new Promise((resolve) => socket.once('connect', resolve))
      const closed = new Promise((resolve) => socket.once('close', resolve))
      await Promise.all([relay.stop(), relay.stop(), closed])
      await relay[Symbol.asyncDispose]()
      expect(await readdir(folder)).toEqual([])
    } finally {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
      await rm(folder, { recursive: true })
    }
  })

  it('are refused when they carry a broken body, and the relay goes on', async () => {
    await using relay = await fakeRelay()
    const socket = connect(relay.relay.port, HOST)
    const { publicKey } = Keypair.random()
    socket.write(`PUT /${publicKey.z32()} HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\n\r\nabc`)
    await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
    expect((await relay.get('/')).status).toBe(200)
    expect(relay.network.published).toEqual([])
  })
})
