import { describe, expect, test } from 'vitest'
import vectors from '../vectors/mainline.json' with { type: 'json' }
import { ipv4Bytes, ipv4Number, ipv4Text, isInScope } from './address.ts'
import { crc32c } from './crc32c.ts'
import { randomId } from './node-id.ts'
import { isSecureId, secureId } from './secure-id.ts'

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

test("crc32c matches upstream's token", () => {
  const { ip, secretHex, tokenHex } = vectors.token
  const bytes = new Uint8Array([...ipv4Bytes(ipv4Number(ip)), ...fromHex(secretHex)])
  expect(crc32c(bytes).toString(16)).toBe(tokenHex)
})

describe('isSecureId', () => {
  test.each(vectors.bep42.cases.map(({ ip, validId }) => [ip, validId] as const))('%s may have %s', (ip, id) => {
    expect(isSecureId(fromHex(id), ipv4Number(ip))).toBe(true)
  })

  test.each(vectors.bep42.invalid.map(({ ip, id }) => [ip, id] as const))('%s may not have %s', (ip, id) => {
    expect(isSecureId(fromHex(id), ipv4Number(ip))).toBe(false)
  })

  test.each(vectors.bep42.alwaysSecure)('%s may have any id', (ip) => {
    expect(isSecureId(randomId(), ipv4Number(ip))).toBe(true)
  })

  test('depends on each of the first 21 bits and on nothing between them and the last byte', () => {
    const ip = ipv4Number('124.31.75.21')
    const id = secureId(ip)
    for (let bit = 0; bit < 152; bit++) {
      const changed = id.slice()
      changed[bit >> 3]! ^= 0x80 >> (bit & 7)
      expect(isSecureId(changed, ip), `bit ${bit}`).toBe(bit >= 21)
    }
  })
})

test('secureId makes ids that are secure, and different ones', () => {
  const ip = ipv4Number('203.0.113.9')
  const ids = Array.from({ length: 50 }, () => secureId(ip))
  expect(ids.every((id) => isSecureId(id, ip))).toBe(true)
  expect(new Set(ids.map((id) => Buffer.from(id).toString('hex'))).size).toBe(50)
})

describe('addresses', () => {
  test.each(['0.0.0.0', '1.2.3.4', '127.0.0.1', '255.255.255.255', '203.0.113.9'])('%s survives as number', (host) => {
    expect(ipv4Text(ipv4Number(host))).toBe(host)
  })

  test.each<[string, boolean, boolean]>([
    ['8.8.8.8', true, false],
    ['172.15.0.1', true, false],
    ['172.32.0.1', true, false],
    ['192.167.0.1', true, false],
    ['10.1.2.3', false, true],
    ['127.9.9.9', false, true],
    ['172.16.0.1', false, true],
    ['192.168.0.1', false, true],
    ['169.254.0.1', false, true],
    ['0.1.2.3', false, false],
    ['100.64.0.1', false, false],
    ['224.0.0.1', false, false],
    ['255.255.255.255', false, false],
  ])('%s is public: %s, local: %s', (host, isPublic, isLocal) => {
    const ip = ipv4Number(host)
    expect([isInScope(ip, 'public'), isInScope(ip, 'local')]).toEqual([isPublic, isLocal])
    expect(isInScope(ip, 'any')).toBe(isPublic || isLocal)
  })
})
