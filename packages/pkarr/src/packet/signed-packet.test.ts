import { hexDecode, hexEncode, Keypair, PublicKey, z32Decode } from '@pubky/crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordOf, vectors } from '../../test/vectors.ts'
import type { DnsRecord } from '../dns/record.ts'
import { txtStrings } from '../dns/text.ts'
import { PkarrError } from '../error.ts'
import { freshRecords } from './fresh-records.ts'
import { packetFromBytes, packetFromStored, storedPacket } from './packet-bytes.ts'
import { checkPublishable } from './publishable.ts'
import { signPacket } from './sign-packet.ts'
import { createTimestampClock } from './timestamp-clock.ts'
import { packetFromPayload } from './verified-packet.ts'

const keypair = Keypair.fromSecret(new Uint8Array(32))
const txt = (name: string, ttl: number, text = 'x'): DnsRecord => ({
  type: 'TXT',
  name,
  ttl,
  strings: txtStrings(text),
})
const codeOf = (action: () => unknown): string => {
  try {
    action()
  } catch (error) {
    if (error instanceof PkarrError) return error.code
    throw error
  }
  return 'no error'
}

describe('the official signed packets', () => {
  it.each(vectors.signedPackets)('$name: built byte for byte', (vector) => {
    const packet = signPacket({
      keypair: Keypair.fromSecret(hexDecode(vector.seedHex)),
      records: vector.records.map(recordOf),
      timestamp: BigInt(vector.timestamp),
    })
    expect(hexEncode(packet.dns)).toBe(vector.dnsHex)
    expect(hexEncode(packet.signature)).toBe(vector.signatureHex)
    expect(hexEncode(packet.payload())).toBe(vector.payloadHex)
    expect(packet.bytes()).toHaveLength(vector.bytesLength)
  })

  it.each(vectors.signedPackets)('$name: read', (vector) => {
    const packet = packetFromPayload(PublicKey.fromZ32(vector.z32), hexDecode(vector.payloadHex))
    expect(packet.timestamp).toBe(BigInt(vector.timestamp))
    const origin = packet.publicKey.z32()
    const expected = vector.records.map(recordOf)
    expect(packet.answers).toHaveLength(expected.length)
    for (const record of expected) {
      const name = record.name === '.' ? origin : `${record.name}.${origin}`
      const target = 'target' in record && record.target === '' ? { target: '.' } : {}
      const address = record.type === 'AAAA' ? { address: '2001:db8::1' } : {}
      expect(packet.records(record.name)).toContainEqual({ ...record, ...target, ...address, name })
    }
    expect(packetFromBytes(packet.bytes()).isSameAs(packet)).toBe(true)
  })
})

describe('verification', () => {
  it.each(vectors.invalidPayloads)('refuses $name', ({ z32, payloadHex, error }) => {
    let caught: unknown
    try {
      packetFromPayload(PublicKey.fromZ32(z32), hexDecode(payloadHex))
    } catch (thrown) {
      caught = thrown
    }
    expect(caught).toBeInstanceOf(PkarrError)
    const { code, message } = caught as PkarrError
    if (error === 'signature') expect(message).toBe('signature error')
    else if (error === 'dns') expect(code).toBe('invalid-dns')
    else expect(message).toBe(error)
  })

  it.each(vectors.acceptedOddPayloads)('accepts $name', ({ z32, payloadHex }) => {
    const packet = packetFromPayload(PublicKey.fromZ32(z32), hexDecode(payloadHex))
    expect(hexEncode(packet.payload())).toBe(payloadHex)
  })

  it.each(vectors.sizeLimits)('accepts $dnsLength bytes of DNS', ({ dnsLength, payloadHex }) => {
    const packet = packetFromPayload(keypair.publicKey, hexDecode(payloadHex))
    expect(packet.dns).toHaveLength(dnsLength)
  })

  it('refuses a key for which anybody can sign', () => {
    const { publicKeyHex, payloadHex } = vectors.smallOrderKey
    const key = PublicKey.fromBytes(hexDecode(publicKeyHex))
    expect(codeOf(() => packetFromPayload(key, hexDecode(payloadHex)))).toBe('invalid-public-key')
  })

  it('never throws a foreign error on damaged bytes, and never accepts them', () => {
    const original = signPacket({ keypair, records: [txt('a', 30), txt('b.c', 60)], timestamp: 1n }).bytes()
    const damage = fc.oneof(
      fc.nat(original.length - 1).map((length) => original.slice(0, length)),
      fc.tuple(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
        const bytes = original.slice()
        bytes[at] = bytes[at]! ^ mask
        return bytes
      }),
      fc.uint8Array({ minLength: 1, maxLength: 2000 }).map((more) => Uint8Array.of(...original, ...more)),
    )
    fc.assert(
      fc.property(damage, (bytes) => {
        expect(codeOf(() => packetFromBytes(bytes))).not.toBe('no error')
      }),
      { numRuns: 150 },
    )
  })

  it('refuses a bad key in canonical bytes', () => {
    const bytes = signPacket({ keypair, records: [] }).bytes()
    bytes.set(PublicKey.fromZ32(vectors.keys.seeds[1]!.z32).bytes)
    expect(codeOf(() => packetFromBytes(bytes))).toBe('invalid-signature')
    bytes.set(z32Decode('c1bkg8tfsyy8wcedtmw4fwhdmm7bbzhgg3z58tf43m5ow8w9mbus'))
    expect(codeOf(() => packetFromBytes(bytes))).toBe('invalid-public-key')
  })
})

describe('building', () => {
  it('completes and lower-cases relative names, and keeps complete ones', () => {
    const origin = keypair.publicKey.z32()
    const names = ['Foo', `Bar.${origin}`, '@', `baz.${origin}.`]
    const packet = signPacket({ keypair, records: names.map((name) => txt(name, 1)) })
    expect(packet.answers.map((record) => record.name)).toEqual([
      `foo.${origin}`,
      `Bar.${origin}`,
      origin,
      `baz.${origin}`,
    ])
  })

  it('signs the records of a received packet again without changing their bytes', () => {
    for (const vector of vectors.signedPackets) {
      const signer = Keypair.fromSecret(hexDecode(vector.seedHex))
      const received = packetFromPayload(signer.publicKey, hexDecode(vector.payloadHex))
      const again = signPacket({ keypair: signer, records: received.answers, timestamp: received.timestamp })
      expect(again.isSameAs(received)).toBe(true)
    }
  })

  it('refuses more than 996 bytes of DNS, because most of the DHT does', () => {
    const build = (length: number) =>
      signPacket({
        keypair,
        records: [{ type: 'OTHER', code: 10, name: '@', ttl: 1, data: new Uint8Array(length) }],
      })
    expect(build(996 - 76).dns).toHaveLength(996)
    expect(() => build(997 - 76)).toThrow('DNS Packet is too large, expected max 996 bytes but got: 997')
    expect(() => build(1001 - 76)).toThrow('DNS Packet is too large, expected max 1000 bytes but got: 1001')
  })

  it.each([-1n, 253_402_300_800_000_000n, 2n ** 63n])('refuses the timestamp %s', (timestamp) => {
    expect(codeOf(() => signPacket({ keypair, records: [], timestamp }))).toBe('invalid-timestamp')
  })

  it('dates each packet after the one before', () => {
    const packets = Array.from({ length: 20 }, () => signPacket({ keypair, records: [] }))
    for (const [index, packet] of packets.entries()) {
      if (index > 0) expect(packet.timestamp).toBeGreaterThan(packets[index - 1]!.timestamp)
    }
  })

  it('keeps the low byte of a timestamp clock and never stands still', () => {
    let time = 1_700_000_000_000_000n
    const clock = createTimestampClock(
      () => time,
      () => Uint8Array.of(0xab),
    )
    const seen = [clock(), clock()]
    time -= 10_000n
    seen.push(clock())
    time += 1_000_000n
    seen.push(clock())
    expect(seen.every((value) => (value & 0xffn) === 0xabn)).toBe(true)
    expect(seen.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(seen)
    expect(new Set(seen).size).toBe(4)
  })
})

describe('publishing rules', () => {
  it('refuses a packet dated more than a day ahead', () => {
    const packet = signPacket({ keypair, records: [], timestamp: 86_400_000_001n })
    expect(() => checkPublishable(packet, 0n)).toThrow('more than 24 hours in the future')
    expect(() => checkPublishable(packet, 1n)).not.toThrow()
  })
})

describe('ordering', () => {
  it.each(vectors.ordering.cases)('$x is more recent than $y: $moreRecent', ({ x, y, moreRecent }) => {
    const packet = (name: string) => packetFromPayload(keypair.publicKey, hexDecode(vectors.ordering.packets[name]!))
    expect(packet(x).isMoreRecentThan(packet(y))).toBe(moreRecent)
  })

  it('takes the place of an equal packet that was seen earlier', () => {
    const packet = signPacket({ keypair, records: [], timestamp: 5n }).withLastSeen(10n)
    expect(packet.withLastSeen(11n).supersedes(packet)).toBe(true)
    expect(packet.withLastSeen(9n).supersedes(packet)).toBe(false)
    const later = signPacket({ keypair, records: [], timestamp: 6n }).withLastSeen(1n)
    expect(later.supersedes(packet)).toBe(true)
    expect(packet.supersedes(later)).toBe(false)
  })
})

describe('time to live', () => {
  const packet = (ttls: readonly number[]) =>
    signPacket({ keypair, records: ttls.map((ttl) => txt('@', ttl)) }).withLastSeen(1_000_000_000n)

  it.each(vectors.ttl.cases)('$ttls within $min … $max is $ttl', ({ ttls, min, max, ttl }) => {
    expect(packet(ttls).ttl(min, max)).toBe(ttl)
  })

  it.each(vectors.ttl.expiry)('$ttls after $elapsed s', ({ ttls, min, max, elapsed, expiresIn, expired }) => {
    const now = 1_000_000_000n + BigInt(elapsed) * 1_000_000n
    expect(packet(ttls).expiresIn(min, max, now)).toBe(expiresIn)
    expect(packet(ttls).expiresIn(min, max, now) === 0).toBe(expired)
  })

  it('counts whole seconds and none for a packet seen in the future', () => {
    expect(packet([60]).elapsedSeconds(1_059_999_999n)).toBe(59)
    expect(packet([60]).elapsedSeconds(999n)).toBe(0)
  })

  it('tells fresh records apart by their own TTL', () => {
    const mixed = packet([10, 100])
    expect(freshRecords(mixed, '@', 1_010_000_000n).map((record) => record.ttl)).toEqual([100])
  })
})

describe('stored form', () => {
  const { hex, lastSeen } = vectors.storedForm
  it('is written and read', () => {
    const packet = packetFromStored(hexDecode(hex), BigInt(lastSeen))
    expect(packet.lastSeen).toBe(BigInt(lastSeen))
    expect(hexEncode(storedPacket(packet))).toBe(hex)
  })

  it('reads a time more than a minute ahead as never', () => {
    expect(packetFromStored(hexDecode(hex), BigInt(lastSeen) - 60_000_000n).lastSeen).toBe(BigInt(lastSeen))
    expect(packetFromStored(hexDecode(hex), BigInt(lastSeen) - 60_000_001n).lastSeen).toBe(0n)
  })

  it('refuses damaged bytes with its own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1300 }), (bytes) => {
        expect(codeOf(() => packetFromStored(bytes))).not.toBe('no error')
      }),
    )
  })
})

describe('looking records up', () => {
  const names = ['@', 'foo', 'A.foo', 'b.a.foo', 'xfoo']
  const packet = signPacket({ keypair, records: names.map((name) => txt(name, 1, name)) })
  const found = (name: string) => packet.records(name).map((record) => record.name.replace(packet.publicKey.z32(), ''))

  it.each([
    ['foo', ['foo.']],
    ['FOO', ['foo.']],
    ['.', ['']],
    ['', ['']],
    ['*.foo', ['a.foo.']],
    ['*foo', ['foo.', 'xfoo.']],
    ['*', ['foo.', 'xfoo.']],
    ['bar', []],
  ])('%j', (name, expected) => {
    expect(found(name)).toEqual(expected)
  })
})
