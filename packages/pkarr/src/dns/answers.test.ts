import { hexDecode, hexEncode } from '@pubky/crypto'
import dnsPacket from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dnsVerdicts, vectors } from '../../test/vectors.ts'
import { PkarrError } from '../error.ts'
import { decodeAnswers } from './decode-answers.ts'
import { decodeServiceParameters } from './decode-service-parameters.ts'
import { encodeAnswers } from './encode-answers.ts'
import { encodeServiceParameters } from './encode-service-parameters.ts'
import { ipv6ToText } from './ip.ts'
import { ipv6ToBytes } from './ip-to-bytes.ts'
import type { DnsRecord } from './record.ts'
import { txtStrings, txtText } from './text.ts'

const label = fc.stringMatching(/^[a-z0-9_]([a-z0-9_-]{0,12}[a-z0-9])?$/).filter((text) => text !== '_')
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
const u16 = fc.nat(0xffff)
const u32 = fc.nat(0xffff_ffff)
const base = { name, ttl: u32 }
const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
const params = fc
  .record(
    {
      alpn: fc.array(fc.constantFrom('h2', 'http/1.1'), { minLength: 1, maxLength: 2 }),
      port: u16,
      ipv4hint: fc.array(fc.ipV4(), { minLength: 1, maxLength: 2 }),
      ipv6hint: fc.array(fc.ipV6(), { minLength: 1, maxLength: 2 }),
      httpPort: u16,
      mandatory: fc.constantFrom([3], [3, 4]),
    },
    { requiredKeys: [] },
  )
  .map(encodeServiceParameters)
const ipv6 = fc.ipV6().map((text) => ipv6ToText(ipv6ToBytes(text)))
const aRecord: fc.Arbitrary<DnsRecord> = fc.oneof(
  fc.record({ ...base, type: fc.constant('A'), address: fc.ipV4() } as const),
  fc.record({ ...base, type: fc.constant('AAAA'), address: ipv6 } as const),
  fc.record({ ...base, type: fc.constantFrom('CNAME', 'NS', 'PTR'), target: name } as const),
  fc.record({
    ...base,
    type: fc.constant('TXT'),
    strings: fc.array(bytes(60), { minLength: 1, maxLength: 3 }),
  } as const),
  fc.record({ ...base, type: fc.constant('MX'), preference: u16, exchange: name } as const),
  fc.record({ ...base, type: fc.constant('SRV'), priority: u16, weight: u16, port: u16, target: name } as const),
  fc.record({
    ...base,
    type: fc.constant('SOA'),
    primary: name,
    mailbox: name,
    serial: u32,
    refresh: u32,
    retry: u32,
    expire: u32,
    minimum: u32,
  } as const),
)
const serviceRecord: fc.Arbitrary<DnsRecord> = fc.record({
  ...base,
  type: fc.constantFrom('SVCB', 'HTTPS'),
  priority: u16,
  target: fc.oneof(name, fc.constant('.')),
  params,
} as const)
const opaqueRecord: fc.Arbitrary<DnsRecord> = fc.record({
  ...base,
  type: fc.constant('OTHER'),
  code: fc.constantFrom(10, 99, 4711, 0xffff),
  data: bytes(40),
} as const)
const anyRecord = fc.oneof(aRecord, serviceRecord, opaqueRecord)

const verdict = (message: Uint8Array): string => {
  try {
    return String(decodeAnswers(message).length)
  } catch (error) {
    if (error instanceof PkarrError && error.code === 'invalid-dns') return error.message
    throw error
  }
}

describe('round trips', () => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 6 }), (records) => {
        expect(decodeAnswers(encodeAnswers(records))).toEqual(records)
      }),
    )
  })

  it('agrees with dns-packet in both directions', () => {
    fc.assert(
      fc.property(fc.array(aRecord, { maxLength: 4 }), (records) => {
        const message = Buffer.from(encodeAnswers(records))
        const theirs = dnsPacket.decode(message)
        expect(theirs.answers?.map((answer) => [answer.name, answer.type])).toEqual(
          records.map((record) => [record.name, record.type]),
        )
        // They write every name in full.
        expect(decodeAnswers(dnsPacket.encode(theirs))).toEqual(records)
      }),
      { numRuns: 60 },
    )
  })
})

describe('hostile bytes', () => {
  it('gives records or its own error for anything', () => {
    const header = (counts: readonly number[]) => Uint8Array.from([0, 0, 0x80, 0, ...counts.flatMap((n) => [0, n])])
    const counted = fc.tuple(fc.array(fc.nat(9), { minLength: 4, maxLength: 4 }), bytes(988))
    fc.assert(
      fc.property(counted, ([counts, body]) => {
        verdict(Uint8Array.of(...header(counts), ...body))
      }),
      { numRuns: 300 },
    )
  })

  it('gives records or its own error for damaged messages', () => {
    const damaged = fc
      .tuple(fc.array(anyRecord, { minLength: 1, maxLength: 4 }), fc.array(fc.tuple(fc.nat(), fc.nat(255))), fc.nat())
      .map(([records, changes, cut]) => {
        const message = encodeAnswers(records)
        for (const [at, value] of changes) message[at % message.length] = value
        return message.subarray(0, message.length - (cut % 4))
      })
    fc.assert(
      fc.property(damaged, (message) => void verdict(message)),
      { numRuns: 300 },
    )
  })

  it('follows at most 128 pointers for one name', () => {
    // The data of one opaque record is a chain, each pointer to the one before; then owners that start at its end.
    const chained = (links: number) => {
      const pointer = (target: number) => [0xc0 | (target >> 8), target & 0xff]
      const chainAt = 12 + 11
      const chain = [0, 0, ...Array.from({ length: links }, (_, index) => pointer(chainAt + 2 * index)).flat()]
      const holder = [0, 0, 99, 0, 1, 0, 0, 0, 0, chain.length >> 8, chain.length & 0xff, ...chain]
      const user = [...pointer(chainAt + 2 * links), 0, 99, 0, 1, 0, 0, 0, 0, 0, 0]
      const records = [holder, ...Array.from({ length: 50 }, () => user)]
      return Uint8Array.from([0, 0, 0x80, 0, 0, 0, 0, records.length, 0, 0, 0, 0, ...records.flat()])
    }
    expect(verdict(chained(127))).toBe('51')
    expect(verdict(chained(128))).toBe('Provided information is not a valid DNS packet')
  })

  const one = (rest: string) => hexDecode(`000080000000000100000000${rest}`)
  it.each([
    ['nothing', hexDecode(''), 'Incomplete dns packet'],
    ['11 bytes', hexDecode('0000800000000000000000'), 'Incomplete dns packet'],
    ['the reserved header bit', hexDecode('000080400000000000000000'), 'Provided header information is invalid'],
    ['a missing answer', one(''), 'Incomplete dns packet'],
    ['a pointer to itself', one('c00c'), 'Provided information is not a valid DNS packet'],
    ['a pointer forwards', one('c00e00000100010000000000'), 'Provided information is not a valid DNS packet'],
    ['the label type 01', one('4161'), 'Provied service name contains invalid label'],
    ['class 0', one('00000a0000000000000000'), 'Provided class is invalid: 0'],
    ['class 5 with cache flush', one('00000a8005000000000000'), 'Provided class is invalid: 5'],
    ['data beyond the end', one('00000a0001000000000005'), 'Incomplete dns packet'],
    ['an A record of 3 bytes', one('0000010001000000000003010203'), 'Incomplete dns packet'],
    ['an HTTPS parameter twice', one(`0000410001000000000009000000${'006300000063'}0000`), 'any'],
    ['a cut ipv4hint', one('000041000100000000000a00000000040003010203'), 'Incomplete dns packet'],
    ['LOC of version 1', one(`00001d0001000000000010${'01'.repeat(16)}`), 'any'],
    [
      'an unknown question type',
      hexDecode(`000080000001000000000000${'00'}0063${'0001'}`),
      'Provided QType is invalid: 99',
    ],
    ['a question class 9', hexDecode(`000080000001000000000000${'00'}0001${'0009'}`), 'Provided class is invalid: 9'],
    [
      'a name of 256 bytes',
      one(`${`3f${'61'.repeat(63)}`.repeat(4)}00`),
      'Provided information is not a valid DNS packet',
    ],
  ])('refuses %s', (_, message, expected) => {
    const found = verdict(message)
    expect(found).not.toMatch(/^\d+$/)
    if (expected !== 'any') expect(found).toBe(expected)
  })

  it.each([
    ['an empty record of a known type', one('0000010001000000000000'), 1],
    ['bytes after known data', one('0000010001000000000006010203040506'), 1],
    ['bytes after the last record', Uint8Array.of(...one('00000a0001000000000000'), 1, 2, 3), 1],
    ['class 254 with cache flush', one('00000a80fe000000000000'), 1],
    ['OPT, whose class is a size', one('00002904d0000000000000'), 1],
    ['a question for ANY', hexDecode(`000080000001000000000000${'00'}00ff${'00ff'}`), 0],
  ])('accepts %s', (_, message, count) => {
    expect(verdict(message)).toBe(String(count))
  })
})

it('gives the verdict of the official decoder on every message it was shown', () => {
  const differing = dnsVerdicts.messages.filter(([hex, official]) => {
    const ours = verdict(hexDecode(hex))
    return (/^\d+$/.test(ours) ? `ok ${ours}` : ours) !== official
  })
  expect(dnsVerdicts.messages.length).toBeGreaterThan(500)
  expect(differing).toEqual([])
})

describe('names', () => {
  const encode = (owner: string) => encodeAnswers([{ type: 'A', name: owner, ttl: 1, address: '1.2.3.4' }])
  it('shows bytes outside host names as escapes and writes them back', () => {
    const wire = hexDecode('000080000000000100000000042d61002e03f09f98015f00000a0001000000000000')
    const [record] = decodeAnswers(wire)
    expect(record?.name).toBe('\\045a\\000\\046.\\240\\159\\152.\\095')
    expect(hexEncode(encodeAnswers([record!]))).toBe(hexEncode(wire))
  })

  it('compresses case-sensitively', () => {
    const records: DnsRecord[] = ['aa.key', 'AA.key', 'aa.key'].map((owner) => ({
      type: 'A',
      name: owner,
      ttl: 1,
      address: '1.2.3.4',
    }))
    // In full; one label and a pointer to `key`; a pointer.
    expect(encodeAnswers(records)).toHaveLength(12 + 8 + 5 + 2 + 3 * 14)
  })

  it.each(['a..b', '-a', 'a-', '_', 'a b', 'ä', '\\999', 'a*', '.a', 'a'.repeat(64), `${'a.'.repeat(127)}aa`])(
    'refuses %j',
    (owner) => {
      expect(() => encode(owner)).toThrow(expect.objectContaining({ code: 'invalid-name' }))
    },
  )

  it.each(['*', '*.a', '_a', 'A-b_c1', 'a.', '\\000', `${'a.'.repeat(126)}a`])('accepts %j', (owner) => {
    expect(decodeAnswers(encode(owner))).toHaveLength(1)
  })
})

describe('records that cannot be written', () => {
  const cases: readonly DnsRecord[] = [
    { type: 'A', name: 'a', ttl: 1, address: '1.2.3' },
    { type: 'A', name: 'a', ttl: 1, address: '01.2.3.4' },
    { type: 'AAAA', name: 'a', ttl: 1, address: '1::2::3' },
    { type: 'AAAA', name: 'a', ttl: 1, address: '1:2:3:4:5:6:7:8:9' },
    { type: 'A', name: 'a', ttl: -1, address: '1.2.3.4' },
    { type: 'A', name: 'a', ttl: 2 ** 32, address: '1.2.3.4' },
    { type: 'A', name: 'a', ttl: 0.5, address: '1.2.3.4' },
    { type: 'MX', name: 'a', ttl: 1, preference: 65_536, exchange: 'b' },
    { type: 'TXT', name: 'a', ttl: 1, strings: [new Uint8Array(256)] },
    { type: 'HTTPS', name: 'a', ttl: 1, priority: 1, target: '.', params: new Map([[3, Uint8Array.of(1)]]) },
    { type: 'OTHER', name: 'a', ttl: 1, code: 1, data: Uint8Array.of(1, 2) },
    { type: 'OTHER', name: 'a', ttl: 1, code: 70_000, data: new Uint8Array() },
  ]
  it.each(cases)('$type $#', (record) => {
    expect(() => encodeAnswers([record])).toThrow(expect.objectContaining({ code: 'invalid-record' }))
  })
})

describe('texts', () => {
  it('splits at 254 bytes and joins again, across the middle of a character', () => {
    const text = `${'x'.repeat(253)}ü${'y'.repeat(300)}`
    const strings = txtStrings(text)
    expect(strings.map((string) => string.length)).toEqual([254, 254, 47])
    expect(txtText({ type: 'TXT', name: 'a', ttl: 1, strings })).toBe(text)
    expect(txtStrings('')).toEqual([new Uint8Array()])
  })

  it('writes a text without a string as one empty string, as upstream does', () => {
    expect(decodeAnswers(encodeAnswers([{ type: 'TXT', name: 'a', ttl: 1, strings: [] }]))).toEqual([
      { type: 'TXT', name: 'a', ttl: 1, strings: [new Uint8Array()] },
    ])
  })
})

describe('service parameters', () => {
  it('are read as they were given', () => {
    const parameters = {
      mandatory: [3, 4],
      alpn: ['h2'],
      port: 443,
      ipv4hint: ['1.2.3.4'],
      ipv6hint: ['2001:db8::1'],
      httpPort: 6286,
    }
    expect(decodeServiceParameters(encodeServiceParameters(parameters))).toEqual(parameters)
  })

  it('ignore a private port that is not two bytes long', () => {
    expect(decodeServiceParameters(new Map([[0xff00, Uint8Array.of(1, 2, 3)]]))).toEqual({})
  })

  it('are written in ascending order', () => {
    const params = new Map([
      [3, Uint8Array.of(1, 2)],
      [0, Uint8Array.of(0, 3)],
    ])
    const message = encodeAnswers([{ type: 'SVCB', name: 'a', ttl: 1, priority: 1, target: 'b', params }])
    expect(hexEncode(message.subarray(-12))).toBe('000000020003000300020102')
  })
})

it('addresses in canonical text', () => {
  const canonical = (text: string) => ipv6ToText(ipv6ToBytes(text))
  expect(canonical('2001:DB8:0:0:0:0:0:1')).toBe('2001:db8::1')
  expect(canonical('0:0:0:0:0:0:0:0')).toBe('::')
  expect(canonical('1:0:0:2:0:0:0:3')).toBe('1:0:0:2::3')
  expect(canonical('::ffff:1.2.3.4')).toBe('::ffff:102:304')
  expect(canonical('1:0:2:3:4:5:6:7')).toBe('1:0:2:3:4:5:6:7')
})

it('gives the bytes of every official packet again', () => {
  for (const { dnsHex } of vectors.signedPackets) {
    expect(hexEncode(encodeAnswers(decodeAnswers(hexDecode(dnsHex))))).toBe(dnsHex)
  }
})
