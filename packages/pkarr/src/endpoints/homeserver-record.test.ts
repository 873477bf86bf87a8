import { hexEncode, Keypair } from '@pubky/crypto'
import { describe, expect, it } from 'vitest'
import { vectors } from '../../test/vectors.ts'
import type { DnsRecord } from '../dns/record.ts'
import { txtStrings } from '../dns/text.ts'
import { signPacket } from '../packet/sign-packet.ts'
import { homeserverOf } from './homeserver-of.ts'
import { homeserverRecord, homeserverRecords, withHomeserver } from './homeserver-record.ts'

const user = Keypair.fromSecret(new Uint8Array(32))
const server = Keypair.fromSecret(new Uint8Array(32).fill(1))
const timestamp = 1_700_000_000_000_000n
const build = (records: readonly DnsRecord[], keypair = user) => signPacket({ keypair, records, timestamp })

describe('the record of a homeserver', () => {
  it('is vector A of spec 03 §10.3 with the defaults', () => {
    const packet = build(
      homeserverRecords({ addresses: ['127.0.0.1'], tlsPort: 6287, domain: 'localhost', httpPort: 6286 }),
    )
    expect(hexEncode(packet.dns)).toBe(
      '000080000000000300000000343870696e787867717334316e346169646964656e773561707170317572666d7a647a7472386a74346162726b646e34333565776f000041000100000e10001100010000030002188f000400047f000001c00c0041000100000e100013000a096c6f63616c686f737400ff000002188ec00c0001000100000e1000047f000001',
    )
    expect(hexEncode(packet.signature)).toBe(
      '3bfdfccc508018e94725d1a3eefe228840dbc0dbafa9cf35f34a2ee2180d8a64c6618348aded6897d8faa64b2628fbc2784644cd447484a4155938a4f8c77a0b',
    )
  })

  it('is vector B with a public address and a domain', () => {
    const packet = build(
      homeserverRecords({ addresses: ['203.0.113.7'], tlsPort: 6287, domain: 'hs.example.com', httpPort: 6286 }),
    )
    expect(packet.dns).toHaveLength(139)
    expect(hexEncode(packet.signature)).toBe(
      '3909f11f4251443245e3e7b9c958de81388ce34e4db26c95f895a53413540b080d7cc5b8d0d0922bd3e483c320950e976fb1b7f3cefcc8f8402ae806bebc7209',
    )
  })

  it.each([
    ['homeserver-ip-only', { tlsPort: 6287 }],
    ['homeserver-with-icann-domain', { tlsPort: 443, domain: 'homeserver.example.com' }],
  ])('is the official packet %s', (name, init) => {
    const vector = vectors.signedPackets.find((candidate) => candidate.name === name)!
    const packet = signPacket({
      keypair: server,
      records: homeserverRecords({ addresses: ['203.0.113.7'], ...init }),
      timestamp: BigInt(vector.timestamp),
    })
    expect(hexEncode(packet.payload())).toBe(vector.payloadHex)
  })

  it('names only the domain when there is no public address', () => {
    const records = homeserverRecords({ addresses: [], tlsPort: 6287, domain: 'hs.example.com' })
    expect(records).toMatchObject([{ type: 'HTTPS', priority: 10, target: 'hs.example.com' }])
  })

  it('has addresses and hints of both families', () => {
    const records = homeserverRecords({ addresses: ['2001:db8::1', '203.0.113.7'], tlsPort: 6287 })
    expect(records.map((record) => record.type)).toEqual(['HTTPS', 'A', 'AAAA'])
    const [first] = build(records).records('@')
    expect(first?.type === 'HTTPS' && [...first.params.keys()]).toEqual([3, 4, 6])
  })

  it('names the plain HTTP port for local and testnet domains only', () => {
    const portFor = (domain: string, plainHttpDomain?: string) => {
      const records = homeserverRecords({ addresses: [], tlsPort: 1, domain, httpPort: 6286, plainHttpDomain })
      return records[0]?.type === 'HTTPS' && records[0].params.has(0xff00)
    }
    expect(['localhost', 'a.localhost', 'example.com'].map((domain) => portFor(domain))).toEqual([true, true, false])
    expect(portFor('my.box', 'my.box')).toBe(true)
  })

  it('takes an IPv4 address as domain', () => {
    const packet = build(homeserverRecords({ addresses: [], tlsPort: 1, domain: '203.0.113.7' }))
    expect(packet.answers[0]).toMatchObject({ target: '203.0.113.7' })
  })
})

describe('the homeserver of a user', () => {
  const svcb = (target: string): DnsRecord => ({ ...homeserverRecord(server.publicKey), type: 'SVCB', target })

  it('is the target of the first SVCB or HTTPS record at _pubky', () => {
    const other = Keypair.fromSecret(new Uint8Array(32).fill(2)).publicKey
    const packet = build([svcb(server.publicKey.z32()), homeserverRecord(other)])
    expect(homeserverOf(packet)?.equals(server.publicKey)).toBe(true)
  })

  it('is nobody without such a record', () => {
    expect(homeserverOf(build([]))).toBeUndefined()
    expect(homeserverOf(build([{ type: 'TXT', name: '_pubky', ttl: 1, strings: txtStrings('x') }]))).toBeUndefined()
    expect(homeserverOf(build([{ ...homeserverRecord(server.publicKey), name: 'x._pubky' }]))).toBeUndefined()
  })

  it.each(['example.com', `_pubky.${server.publicKey.z32()}`, '.', vectors.smallOrderKey.z32])(
    'must not be %s',
    (target) => {
      expect(() => homeserverOf(build([svcb(target)]))).toThrow(
        expect.objectContaining({
          code: 'invalid-homeserver',
          message: expect.stringContaining(`\`_pubky\` target \`${target}\` is not a valid homeserver public key: `),
        }),
      )
    },
  )

  it('can be changed without touching other records', () => {
    const before = build([
      { type: 'TXT', name: 'mine', ttl: 1, strings: txtStrings('x') },
      homeserverRecord(user.publicKey),
      svcb('example.com'),
      { type: 'TXT', name: '_pubkyx', ttl: 1, strings: txtStrings('x') },
    ])
    const after = build(withHomeserver(before.answers, user.publicKey, server.publicKey))
    expect(after.answers.map((record) => record.name.split('.')[0])).toEqual(['mine', '_pubkyx', '_pubky'])
    expect(homeserverOf(after)?.equals(server.publicKey)).toBe(true)
  })
})
