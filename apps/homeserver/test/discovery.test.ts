/** What the server publishes: its own record, and the records of its users. */
import { hexDecode, hexEncode, Keypair } from '@pubky/crypto'
import { DhtTestnet } from '@pubky/dht'
import {
  homeserverOf,
  homeserverRecord,
  homeserverRecords,
  PkarrClient,
  relayTransport,
  resolveEndpoints,
  signPacket,
} from '@pubky/pkarr'
import { dhtTransport } from '@pubky/pkarr/dht'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { homeserverConfig } from '../src/config/schema.ts'
import { publicAddress } from '../src/discovery/own-record.ts'
import { UserRecords } from '../src/discovery/user-records.ts'
import { HomeserverError } from '../src/error.ts'
import { createHomeserver } from '../src/homeserver.ts'

const zero = Keypair.fromSecret(new Uint8Array(32))
const BOUND = { tlsPort: 6287, httpPort: 6286 }
const pkdnsOf = (pkdns: object) => homeserverConfig({ pkdns }).pkdns
const silent = { info() {}, warn() {}, error() {} }

describe('the own record', () => {
  it.each([
    [
      'A',
      {},
      '000080000000000300000000343870696e787867717334316e346169646964656e773561707170317572666d7a647a7472386a74346162726b646e34333565776f000041000100000e10001100010000030002188f000400047f000001c00c0041000100000e100013000a096c6f63616c686f737400ff000002188ec00c0001000100000e1000047f000001',
      '3bfdfccc508018e94725d1a3eefe228840dbc0dbafa9cf35f34a2ee2180d8a64c6618348aded6897d8faa64b2628fbc2784644cd447484a4155938a4f8c77a0b',
    ],
    [
      'B',
      { public_ip: '203.0.113.7', icann_domain: 'hs.example.com' },
      '000080000000000300000000343870696e787867717334316e346169646964656e773561707170317572666d7a647a7472386a74346162726b646e34333565776f000041000100000e10001100010000030002188f00040004cb007107c00c0041000100000e100012000a026873076578616d706c6503636f6d00c00c0001000100000e100004cb007107',
      '3909f11f4251443245e3e7b9c958de81388ce34e4db26c95f895a53413540b080d7cc5b8d0d0922bd3e483c320950e976fb1b7f3cefcc8f8402ae806bebc7209',
    ],
  ])('is vector %s of spec 03 §10.3', (_, pkdns, dns, signature) => {
    const records = homeserverRecords(publicAddress(pkdnsOf(pkdns), BOUND, false))
    const packet = signPacket({ keypair: zero, records, timestamp: 1_700_000_000_000_000n })
    expect(hexEncode(packet.dns)).toBe(dns)
    expect(packet.signature).toEqual(hexDecode(signature))
  })

  it('names no loopback address to the world', () => {
    expect(publicAddress(pkdnsOf({}), BOUND, true)).toMatchObject({ addresses: [], domain: undefined })
    const tunnel = publicAddress(pkdnsOf({ icann_domain: 'hs.example.com' }), BOUND, true)
    expect(homeserverRecords(tunnel)).toMatchObject([{ type: 'HTTPS', priority: 10, target: 'hs.example.com' }])
  })

  it('names public ports where they differ', () => {
    const address = publicAddress(
      pkdnsOf({ public_ip: '::1', public_pubky_tls_port: 443, public_icann_http_port: 80, icann_domain: '' }),
      BOUND,
      false,
    )
    expect(address).toEqual({ addresses: ['::1'], domain: undefined, tlsPort: 443, httpPort: 80 })
  })
})

describe('on a network', () => {
  let dht: DhtTestnet
  let client: PkarrClient
  beforeAll(async () => {
    dht = await DhtTestnet.create({ size: 3 })
    const [node] = dht.nodes
    if (node === undefined) throw new Error('no node')
    client = new PkarrClient({ transports: [dhtTransport(node)] })
  })
  afterAll(async () => {
    await client[Symbol.asyncDispose]()
    await dht[Symbol.asyncDispose]()
  })

  const config = (more: object = {}) =>
    homeserverConfig({
      general: { signup_mode: 'open' },
      drive: { icann_listen_socket: '127.0.0.1:0', pubky_listen_socket: '127.0.0.1:0', rate_limits: [] },
      admin: { enabled: false },
      ...more,
    })

  it('the server can be found under its key once it says so', async () => {
    const keypair = Keypair.random()
    await using homeserver = await createHomeserver({ keypair, config: config(), pkarr: client })
    expect(await homeserver.published).toBe(true)
    const packet = await client.resolve(keypair.publicKey, { policy: 'NetworkOnly' })
    expect(packet?.records('@')).toHaveLength(3)
    const endpoints = []
    for await (const endpoint of resolveEndpoints(client, keypair.publicKey.z32())) endpoints.push(endpoint)
    expect(endpoints.map(({ port }) => port)).toContain(homeserver.pubkyTlsPort)
  })

  it('an embedded relay is a door to the same network', async () => {
    const keypair = Keypair.random()
    const relay = { enabled: true, listen_socket: '127.0.0.1:0' }
    await using homeserver = await createHomeserver({
      keypair,
      config: config({ pkarr_relay: relay, pkdns: { dht_bootstrap_nodes: [...dht.bootstrap] } }),
    })
    expect(await homeserver.published).toBe(true)
    await using browser = new PkarrClient({ transports: [relayTransport([homeserver.pkarrRelayUrl ?? ''])] })
    expect((await browser.resolve(keypair.publicKey))?.records('@')).toHaveLength(3)
  })

  it('records of users are kept alive if they name the server', async () => {
    const [ours, moved, silentUser] = [Keypair.random(), Keypair.random(), Keypair.random()]
    const homeserver = Keypair.random().publicKey
    const publish = (keypair: Keypair, to: Keypair['publicKey']) =>
      client.publish(signPacket({ keypair, records: [homeserverRecord(to)] }))
    await publish(ours, homeserver)
    await publish(moved, Keypair.random().publicKey)
    const users = [ours, moved, silentUser].map(({ publicKey }) => publicKey.z32())
    // Each leaves the server in the very moment in which it is their turn.
    const gone = new Set<string>()
    class Leaving extends PkarrClient {
      override resolve(...[key, options]: Parameters<PkarrClient['resolve']>) {
        gone.add(key.z32())
        return super.resolve(key, options)
      }
    }
    const [node] = dht.nodes
    await using leaving = new Leaving({ transports: node === undefined ? [] : [dhtTransport(node)] })
    await using records = new UserRecords({
      users: {
        list: async ({ cursor }) => {
          if (cursor !== undefined && gone.has(cursor)) throw new HomeserverError('cursor-unknown', 'Unknown cursor')
          const at = cursor === undefined ? 0 : users.indexOf(cursor) + 1
          const item = { publicKey: users[at] ?? '', createdAt: 0, disabled: false, usedBytes: 0 }
          const quota = { effective: { storage_quota_mb: 1, rate_read: '', rate_write: '' }, overrides: {} }
          return { items: [{ ...item, quota }], nextCursor: at + 1 < users.length ? users[at] : undefined }
        },
      },
      client: leaving,
      homeserver,
      intervalSeconds: 1800,
      minimumStoredNodes: 1,
      log: silent,
      onRound: () => {},
    })
    expect(await records.round(0)).toEqual({ published: 1, skipped: 1, missing: 1, invalid: 0, failed: 0 })
    const found = await client.resolve(ours.publicKey)
    expect(found === undefined ? undefined : homeserverOf(found)?.z32()).toBe(homeserver.z32())
  })
})
