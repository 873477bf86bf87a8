import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalAddress, createClientIdentifier, parseNetworks } from './client-identity.ts'
import { ServerKitError } from './errors.ts'

function peer(remoteAddress: string | undefined, headers: Record<string, string | string[]> = {}) {
  return { socket: { remoteAddress }, headers }
}

describe('client identity', () => {
  const direct = createClientIdentifier()

  it.each([
    ['203.0.113.7', '203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::', '2001:db8:1:2:ffff::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::1', 'fe80:0:0:0::/64'],
    ['::1', '::1', '0:0:0:0::/64'],
  ])('%s is %s, counted as %s', (remote, address, key) => {
    expect(direct(peer(remote))).toEqual({ address, key })
  })

  it('is unknown without a socket address', () => {
    expect(direct(peer(undefined))).toBeUndefined()
  })

  it('takes no header from a peer that is not a configured proxy', () => {
    const headers = { 'x-forwarded-for': '198.51.100.1', 'x-real-ip': '198.51.100.2', forwarded: 'for=198.51.100.3' }
    expect(direct(peer('203.0.113.7', headers))?.address).toBe('203.0.113.7')
    const behind = createClientIdentifier({ trustedProxies: ['10.0.0.0/8'] })
    expect(behind(peer('203.0.113.7', headers))?.address).toBe('203.0.113.7')
  })

  describe('behind configured proxies', () => {
    const behind = createClientIdentifier({ trustedProxies: ['10.0.0.0/8', '2001:db8:ffff::/48', '127.0.0.1'] })

    it.each([
      ['the right-most element', '198.51.100.9, 198.51.100.1', '198.51.100.1'],
      ['the first that is no proxy, from the right', '198.51.100.9, 198.51.100.1, 10.1.1.1', '198.51.100.1'],
      ['an IPv6 element', '2001:db8::5, 2001:db8:ffff::1', '2001:db8::5'],
      ['the proxy itself when there is nothing', '', '10.0.0.1'],
      ['the last trusted hop when an element is no address', 'evil, 10.2.2.2', '10.2.2.2'],
      ['the left-most when all are proxies', '10.3.3.3, 10.2.2.2', '10.3.3.3'],
    ])('takes %s', (_, header, address) => {
      expect(behind(peer('10.0.0.1', { 'x-forwarded-for': header }))?.address).toBe(address)
    })

    it('reads several header fields as one list, and a mapped peer as IPv4', () => {
      const header = ['198.51.100.9', '198.51.100.1']
      expect(behind(peer('::ffff:127.0.0.1', { 'x-forwarded-for': header }))?.address).toBe('198.51.100.1')
    })
  })
})

describe('networks', () => {
  it.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0/8', 'localhost', '10.0.0.0/8/8', '10.0.0.0/-1', ''])(
    'refuses %j',
    (network) => {
      expect(() => parseNetworks([network])).toThrow(ServerKitError)
    },
  )

  it('accepts single addresses and both families', () => {
    const list = parseNetworks(['192.0.2.1', '2001:db8::/32'])
    expect(list.check('192.0.2.1')).toBe(true)
    expect(list.check('192.0.2.2')).toBe(false)
    expect(list.check('2001:db8:9::1', 'ipv6')).toBe(true)
  })
})

it('canonicalAddress accepts addresses only, whatever the text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => {
      const address = canonicalAddress(text)
      if (address !== undefined) expect(canonicalAddress(address)).toBe(address)
    }),
  )
})
