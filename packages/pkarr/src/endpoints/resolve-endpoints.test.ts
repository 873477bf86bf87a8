import { hexDecode, Keypair, PublicKey } from '@pubky/crypto'
import { describe, expect, it } from 'vitest'
import { vectors } from '../../test/vectors.ts'
import type { Resolver } from '../client/pkarr-resolver.ts'
import type { ServiceParameters } from '../dns/decode-service-parameters.ts'
import { encodeServiceParameters } from '../dns/encode-service-parameters.ts'
import type { DnsRecord, ServiceRecord } from '../dns/record.ts'
import { resolveFailure } from '../network/failures.ts'
import { signPacket } from '../packet/sign-packet.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'
import { packetFromPayload } from '../packet/verified-packet.ts'
import type { Endpoint } from './endpoint.ts'
import { endpointAddresses } from './endpoint-addresses.ts'
import { resolveEndpoint, resolveEndpoints } from './resolve-endpoints.ts'

/** Knows the packets it is given; every other key fails. */
class FixedResolver implements Resolver {
  readonly asked: string[] = []
  readonly #packets: Map<string, SignedPacket>
  constructor(packets: readonly SignedPacket[]) {
    this.#packets = new Map(packets.map((packet) => [packet.publicKey.z32(), packet]))
  }

  async resolve(key: PublicKey): Promise<SignedPacket | undefined> {
    this.asked.push(key.z32())
    const packet = this.#packets.get(key.z32())
    if (packet === undefined) throw resolveFailure('no-responses')
    return packet
  }
}

const keypairs = Array.from({ length: 40 }, (_, index) => Keypair.fromSecret(new Uint8Array(32).fill(index)))
const z32 = (index: number) => keypairs[index]!.publicKey.z32()
const service = (priority: number, target: string, parameters: ServiceParameters = {}, name = '@'): ServiceRecord => ({
  type: 'HTTPS',
  name,
  ttl: 1,
  priority,
  target,
  params: encodeServiceParameters(parameters),
})
const signed = (index: number, ...records: readonly DnsRecord[]) => signPacket({ keypair: keypairs[index]!, records })
const domains = async (packets: readonly SignedPacket[], name = z32(0)) => {
  const found: Endpoint[] = []
  for await (const endpoint of resolveEndpoints(new FixedResolver(packets), name)) found.push(endpoint)
  return found.map((endpoint) => endpoint.target)
}

describe('the official cases', () => {
  it.each(vectors.endpoints.cases)('$name', async (vector) => {
    const packets = vector.packets.map((name) => {
      const source = vectors.signedPackets.find((candidate) => candidate.name === name)!
      return packetFromPayload(PublicKey.fromZ32(source.z32), hexDecode(source.payloadHex))
    })
    const resolver = new FixedResolver(packets)
    const found: Endpoint[] = []
    for await (const endpoint of resolveEndpoints(resolver, vector.query)) found.push(endpoint)
    expect(found).toHaveLength(vector.endpoints.length)
    for (const [index, expected] of vector.endpoints.entries()) {
      const endpoint = found[index]!
      expect(endpoint.target).toBe(expected.target)
      expect(endpoint.publicKey.z32()).toBe(expected.publicKeyZ32)
      expect(endpoint.port).toBe(expected.port ?? undefined)
      expect(endpointAddresses(endpoint)).toEqual(expected.addrs ?? [])
      for (const [number, hex] of Object.entries(expected.params ?? {})) {
        expect(endpoint.params.get(Number(number))).toEqual(hexDecode(hex))
      }
    }
    if (vector.browserUrl?.startsWith('http://')) {
      expect(found.find((endpoint) => endpoint.domain === 'localhost')?.httpPort).toBe(6286)
    }
    if (vector.error !== undefined) await expect(resolveEndpoint(resolver, vector.query)).rejects.toThrow(vector.error)
  })
})

describe('order', () => {
  it('is by priority, and random among equals', async () => {
    const packet = signed(0, service(5, 'c'), service(1, 'a'), service(1, 'b'))
    const orders = new Set<string>()
    for (const value of [0, 0.5]) {
      const found: string[] = []
      for await (const endpoint of resolveEndpoints(new FixedResolver([packet]), z32(0), { random: () => value })) {
        found.push(endpoint.target)
      }
      orders.add(found.join())
    }
    expect(orders).toEqual(new Set(['a,b,c', 'b,a,c']))
  })

  it('puts what a key leads to in the place of that key', async () => {
    const packets = [
      signed(0, service(1, z32(1)), service(2, 'last')),
      signed(1, service(1, 'first'), service(2, 'second')),
    ]
    expect(await domains(packets)).toEqual(['first', 'second', 'last'])
  })
})

describe('branches that lead nowhere', () => {
  it('do not hide a live one', async () => {
    expect(await domains([signed(0, service(1, z32(1)), service(2, 'alive'))])).toEqual(['alive'])
  })

  it('loops end', async () => {
    const packets = [signed(0, service(1, z32(1)), service(2, 'alive')), signed(1, service(1, z32(0)))]
    expect(await domains(packets)).toEqual(['alive'])
    expect(await domains([signed(0, service(1, z32(0)))])).toEqual([])
  })

  it('chains of 7 keys resolve, of 8 do not', async () => {
    const chain = (length: number) =>
      Array.from({ length }, (_, index) => signed(index, service(1, index === length - 1 ? 'end' : z32(index + 1))))
    expect(await domains(chain(7))).toEqual(['end'])
    expect(await domains(chain(8))).toEqual([])
  })

  it('reads at most 32 packets', async () => {
    // 12 branches fit in one packet, so the tree has three levels.
    const branch = (from: number, count: number) => Array.from({ length: count }, (_, n) => service(1, z32(from + n)))
    const packets = [
      signed(0, ...branch(1, 10)),
      ...Array.from({ length: 3 }, (_, index) => signed(index + 1, ...branch(10 + index * 9, 9))),
      ...Array.from({ length: 36 }, (_, index) => index + 4).map((index) => signed(index, service(1, 'end'))),
    ]
    const resolver = new FixedResolver(packets)
    let count = 0
    for await (const _ of resolveEndpoints(resolver, z32(0))) count += 1
    expect(resolver.asked).toHaveLength(32)
    expect(count).toBeGreaterThan(20)
  })

  it('of all: the error names the look-up that failed first', async () => {
    const resolver = new FixedResolver([signed(0, service(1, z32(1)))])
    await expect(resolveEndpoint(resolver, z32(0))).rejects.toMatchObject({
      code: 'no-endpoint',
      message: 'pkarr could not resolve endpoint',
      cause: { code: 'no-responses' },
    })
    await expect(resolveEndpoint(resolver, 'not a key')).rejects.toMatchObject({ code: 'no-endpoint' })
    expect(await domains([], 'not a key')).toEqual([])
  })
})

describe('one endpoint', () => {
  const only = (...records: readonly DnsRecord[]) => resolveEndpoint(new FixedResolver([signed(0, ...records)]), z32(0))

  it('has all addresses of the key once, and no port 0', async () => {
    const address = (text: string): DnsRecord => ({ type: 'A', name: '@', ttl: 1, address: text })
    const sub: DnsRecord = { type: 'A', name: 'sub', ttl: 1, address: '9.9.9.9' }
    const six: DnsRecord = { type: 'AAAA', name: '@', ttl: 1, address: '2001:db8::1' }
    const endpoint = await only(service(1, '.', { port: 0 }), address('1.1.1.1'), address('1.1.1.1'), six, sub)
    expect(endpoint.port).toBeUndefined()
    expect(endpointAddresses(endpoint).toSorted()).toEqual(['1.1.1.1', '2001:db8::1'])
  })

  it('uses the hints only when the key has no address', async () => {
    const hinted = service(1, '.', { port: 1, ipv4hint: ['8.8.8.8'], ipv6hint: ['2001:db8::2'] })
    expect(endpointAddresses(await only(hinted))).toEqual(['8.8.8.8', '2001:db8::2'])
    const addressed = await only(hinted, { type: 'A', name: '@', ttl: 1, address: '1.1.1.1' })
    expect(endpointAddresses(addressed)).toEqual(['1.1.1.1'])
  })

  it('is left out when it demands a parameter nobody knows', async () => {
    const demanding = {
      ...service(1, 'new'),
      params: new Map([
        [0, Uint8Array.of(0, 99)],
        [99, new Uint8Array()],
      ]),
    }
    expect((await only(demanding, service(2, 'old'))).target).toBe('old')
    expect((await only(service(1, 'known', { mandatory: [3], port: 5 }), service(2, 'old'))).target).toBe('known')
  })

  it('of type SVCB is found by asking for SVCB', async () => {
    const svcb: DnsRecord = { ...service(1, 'svcb'), type: 'SVCB' }
    const resolver = new FixedResolver([signed(0, service(1, 'https'), svcb)])
    expect((await resolveEndpoint(resolver, z32(0), { type: 'SVCB' })).target).toBe('svcb')
  })
})
