import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseProxyPreface } from './proxy-protocol.ts'

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

function v2(command: number, family: number, payload: readonly number[]): Buffer {
  return Buffer.concat([
    SIGNATURE,
    Buffer.from([command, family, payload.length >> 8, payload.length & 255, ...payload]),
  ])
}

const ipv4 = [198, 51, 100, 1, 10, 0, 0, 1, 0x1f, 0x90, 0, 80]
const ipv6 = [...Array.from({ length: 15 }, () => 0), 1, ...Array.from({ length: 16 }, () => 9), 0, 1, 0, 2]
const complete = (address: string, bytes: Buffer) => ({ kind: 'complete', address, length: bytes.length })

describe('parseProxyPreface', () => {
  it.each([
    ['PROXY TCP4 198.51.100.1 10.0.0.1 8080 80\r\n', '198.51.100.1'],
    ['PROXY TCP6 2001:db8::1 ::1 8080 80\r\n', '2001:db8::1'],
  ])('reads version 1: %j', (text, address) => {
    const bytes = Buffer.from(text)
    expect(parseProxyPreface(Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1')]))).toEqual(complete(address, bytes))
  })

  it('reads version 2, with what follows the addresses', () => {
    for (const extra of [[], [1, 0, 1, 65]]) {
      const four = v2(0x21, 0x11, [...ipv4, ...extra])
      expect(parseProxyPreface(Buffer.concat([four, Buffer.from('GET')]))).toEqual(complete('198.51.100.1', four))
      const six = v2(0x21, 0x21, [...ipv6, ...extra])
      expect(parseProxyPreface(six)).toEqual(complete('0:0:0:0:0:0:0:1', six))
    }
  })

  it.each([
    ['GET / HTTP/1.1\r\n'],
    ['PROXY UNKNOWN\r\n'],
    ['PROXY TCP4 ::1 ::1 1 2\r\n'],
    ['PROXY TCP4 198.51.100.1 10.0.0.1 8080\r\n'],
    ['PROXY TCP4 198.51.100.1 10.0.0.1 8080 80 90\r\n'],
    ['PROXY TCP4 198.51.100.1 10.0.0.1 8080 70000\r\n'],
    ['PROXY  TCP4 198.51.100.1 10.0.0.1 8080 80\r\n'],
    [`PROXY TCP4 ${'1'.repeat(120)}\r\n`],
    ['\r\n\r\nGET'],
  ])('refuses %j', (text) => {
    expect(parseProxyPreface(Buffer.from(text, 'latin1'))).toEqual({ kind: 'malformed' })
  })

  it.each([
    ['LOCAL', v2(0x20, 0x11, ipv4)],
    ['another version', v2(0x11, 0x11, ipv4)],
    ['datagrams', v2(0x21, 0x12, ipv4)],
    [
      'Unix sockets',
      v2(
        0x21,
        0x31,
        Array.from({ length: 216 }, () => 0),
      ),
    ],
    ['too short a body', v2(0x21, 0x11, ipv4.slice(1))],
    ['too long a body', v2(0x21, 0x11, [...ipv4, ...Array.from({ length: 4096 }, () => 0)])],
  ])('refuses version 2 with %s', (_, bytes) => {
    expect(parseProxyPreface(bytes)).toEqual({ kind: 'malformed' })
  })

  it('waits for the rest of a good preface at any cut, and never throws', () => {
    const whole = [
      Buffer.from('PROXY TCP4 198.51.100.1 10.0.0.1 8080 80\r\n'),
      v2(0x21, 0x11, ipv4),
      v2(0x21, 0x21, ipv6),
    ]
    for (const bytes of whole) {
      for (let cut = 0; cut < bytes.length; cut++) {
        expect(parseProxyPreface(bytes.subarray(0, cut))).toEqual({ kind: 'incomplete' })
      }
    }
    fc.assert(
      fc.property(fc.constantFrom(...whole), fc.nat(), fc.nat(255), (bytes, position, byte) => {
        const flipped = Buffer.from(bytes)
        flipped[position % flipped.length] = byte
        expect(['complete', 'incomplete', 'malformed']).toContain(parseProxyPreface(flipped).kind)
      }),
    )
  })
})
