/** npm `pkarr@1.3.0`, the JavaScript implementation from before the official Rust one, as a second opinion. */
import { hexDecode, Keypair, PublicKey } from '@pubky/crypto'
import { generateKeyPair, SignedPacket as NpmSignedPacket, Pkarr } from 'pkarr'
import { describe, expect, it } from 'vitest'
import {
  type DnsRecord,
  homeserverRecords,
  PkarrClient,
  packetFromPayload,
  relayTransport,
  signPacket,
  txtStrings,
} from '../src/index.ts'
import { ScriptedRelay } from './scripted-relay.ts'
import { vectors } from './vectors.ts'

const keypair = Keypair.fromSecret(new Uint8Array(32))
const { publicKey } = keypair
const theirKeypair = generateKeyPair(Buffer.alloc(32))
const records: readonly DnsRecord[] = [
  { type: 'A', name: '@', ttl: 60, address: '203.0.113.7' },
  { type: 'TXT', name: 'foo', ttl: 30, strings: txtStrings('bar') },
  { type: 'CNAME', name: 'www', ttl: 30, target: 'example.com' },
]

describe('npm pkarr', () => {
  it('has the same key for a seed', () => {
    expect(Uint8Array.from(theirKeypair.publicKey)).toEqual(publicKey.bytes)
  })

  it('reads our packets', () => {
    const packet = signPacket({ keypair, records })
    const read = NpmSignedPacket.fromBytes(Buffer.from(publicKey.bytes), Buffer.from(packet.payload()))
    expect(BigInt(read.timestamp())).toBe(packet.timestamp)
    const origin = publicKey.z32()
    expect(read.packet().answers).toMatchObject([
      { name: origin, type: 'A', ttl: 60, data: '203.0.113.7' },
      { name: `foo.${origin}`, type: 'TXT', ttl: 30, data: [Buffer.from('bar')] },
      { name: `www.${origin}`, type: 'CNAME', ttl: 30, data: 'example.com' },
    ])
  })

  it.each(vectors.signedPackets)('reads the official packet $name as we do', ({ z32, payloadHex }) => {
    const key = PublicKey.fromZ32(z32)
    const ours = packetFromPayload(key, hexDecode(payloadHex))
    const theirs = NpmSignedPacket.fromBytes(Buffer.from(key.bytes), Buffer.from(payloadHex, 'hex'))
    expect(theirs.packet().answers.map((answer: { name: string }) => answer.name)).toEqual(
      ours.answers.map((record) => record.name),
    )
  })

  it('writes packets that we read', () => {
    const origin = publicKey.z32()
    const theirs = NpmSignedPacket.fromPacket(theirKeypair, {
      answers: [
        { name: `_foo.${origin}`, type: 'TXT', ttl: 30, data: 'bar' },
        { name: origin, type: 'AAAA', ttl: 60, data: '2001:db8::1' },
      ],
    })
    const read = packetFromPayload(publicKey, Uint8Array.from(theirs.bytes()))
    expect(read.answers).toEqual([
      { type: 'TXT', name: `_foo.${origin}`, ttl: 30, strings: [Uint8Array.from(Buffer.from('bar'))] },
      { type: 'AAAA', name: origin, ttl: 60, address: '2001:db8::1' },
    ])
  })

  it('and we exchange packets through one relay', async () => {
    const ours = signPacket({ keypair, records: homeserverRecords({ addresses: ['127.0.0.1'], tlsPort: 1 }) })
    await using relay = await ScriptedRelay.start({ status: 204 }, { body: ours.payload() })
    const theirs = NpmSignedPacket.fromPacket(theirKeypair, { answers: [] })
    expect((await Pkarr.relayPut(relay.url, theirs)).ok).toBe(true)
    const put = relay.requests[0]!
    expect(put.line).toBe(`PUT /${publicKey.z32()}`)
    expect(packetFromPayload(publicKey, put.body).answers).toEqual([])
    const got = await Pkarr.relayGet(relay.url, Buffer.from(publicKey.bytes))
    expect(BigInt(got.timestamp())).toBe(ours.timestamp)

    relay.answers = [{ status: 204 }, {}, { body: put.body }]
    await using client = new PkarrClient({ transports: [relayTransport([relay.url])] })
    const read = await client.resolve(publicKey)
    expect(read?.timestamp).toBe(BigInt(theirs.timestamp()))
  })
})
