import { isIPv4 } from 'node:net'
import { DhtError } from './errors.ts'

/** Where a node or peer listens: a dotted IPv4 address and a UDP port (1…65535). */
export interface NodeAddress {
  readonly host: string
  readonly port: number
}

/** Which addresses a node believes in when others name them: those of its own kind of network. */
export type AddressScope = 'public' | 'local' | 'any'

/** The 32-bit number of a dotted IPv4 address, unsigned. The text must be one: what the socket or a parser of ours gave. */
export function ipv4Number(host: string): number {
  let number = 0
  let part = 0
  for (let i = 0; i < host.length; i++) {
    const code = host.charCodeAt(i)
    if (code === 0x2e) {
      number = number * 256 + part
      part = 0
    } else part = part * 10 + (code - 0x30)
  }
  return number * 256 + part
}

/** The dotted text of a 32-bit IPv4 address. */
export function ipv4Text(ip: number): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`
}

/** The four bytes of an address in network order. */
export function ipv4Bytes(ip: number): Uint8Array {
  return Uint8Array.of(ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255)
}

/** Private, link-local or loopback: always secure by BEP 42, never reached across the Internet (spec 04 §4.5). */
export function isLocalAddress(ip: number): boolean {
  const first = ip >>> 24
  const second = (ip >>> 16) & 255
  return (
    first === 10 ||
    first === 127 ||
    (first === 172 && second >= 16 && second <= 31) ||
    (first === 192 && second === 168) ||
    (first === 169 && second === 254)
  )
}

/** Whether packets to this address can arrive at one host of the public Internet: no local, reserved or group address. */
function isPublicAddress(ip: number): boolean {
  const first = ip >>> 24
  const sharedByCarriers = first === 100 && ((ip >>> 16) & 0xc0) === 64
  return first !== 0 && first < 224 && !sharedByCarriers && !isLocalAddress(ip)
}

/** Whether an address named by somebody else is worth a datagram in this scope. */
export function isInScope(ip: number, scope: AddressScope): boolean {
  switch (scope) {
    case 'public':
      return isPublicAddress(ip)
    case 'local':
      return isLocalAddress(ip)
    case 'any':
      return isPublicAddress(ip) || isLocalAddress(ip)
  }
}

/** @throws DhtError `invalid-argument` unless this is an IPv4 address with a port that can be sent to */
export function assertAddress(address: NodeAddress): void {
  const { host, port } = address
  if (isIPv4(host) && Number.isInteger(port) && port >= 1 && port <= 65535) return
  throw new DhtError('invalid-argument', `not an IPv4 address with a port: ${host}:${port}`)
}

/** An address as a map key. */
export function addressKey(ip: number, port: number): number {
  return ip * 65536 + port
}
