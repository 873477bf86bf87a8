import { BlockList, isIP } from 'node:net'
import { ServerKitError } from './errors.ts'

/** Who sends a request, as far as the network tells. */
export interface ClientIdentity {
  /** The client's address; IPv4-mapped IPv6 is written as IPv4. */
  readonly address: string
  /** What limits are counted by: the IPv4 address, or the /64 network of an IPv6 address. */
  readonly key: string
}

/** The parts of a `node:http` request that tell where it came from. */
export interface IncomingPeer {
  readonly socket: { readonly remoteAddress?: string | undefined }
  readonly headers: { readonly [name: string]: string | string[] | undefined }
}

/**
 * Makes the function that names the client of a request (spec 02 §12.3). Without trusted proxies that is the peer of
 * the socket and no header counts. From a trusted proxy the right-most element of `X-Forwarded-For` that is not itself
 * a trusted proxy is taken; an element that is no address ends the search, and the last trusted hop is then the client.
 *
 * @param init.trustedProxies CIDR networks such as `10.0.0.0/8`, or single addresses
 * @returns a function that gives `undefined` when the socket has no address (already closed, or not a network socket)
 * @throws ServerKitError `network`: an element is not an address or a network
 */
export function createClientIdentifier(init?: {
  readonly trustedProxies?: readonly string[]
}): (peer: IncomingPeer) => ClientIdentity | undefined {
  const trusted = init?.trustedProxies ?? []
  const networks = parseNetworks(trusted)
  const isTrusted = (address: string): boolean => networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return (peer) => {
    const remote = peer.socket.remoteAddress
    const direct = remote === undefined ? undefined : canonicalAddress(remote)
    if (direct === undefined) return undefined
    if (trusted.length === 0 || !isTrusted(direct)) return identify(direct)
    const header = peer.headers['x-forwarded-for']
    const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',')
    let client = direct
    for (const hop of hops.reverse()) {
      const address = canonicalAddress(hop.trim())
      if (address === undefined) break
      client = address
      if (!isTrusted(address)) break
    }
    return identify(client)
  }
}

/** Networks and single addresses as one list that can be asked. @throws ServerKitError `network` */
export function parseNetworks(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix, ...rest] = network.split('/')
    const family = isIP(address)
    const bits = family === 6 ? 128 : 32
    const length = prefix === undefined ? bits : /^[0-9]{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
    if (family === 0 || rest.length > 0 || !(length <= bits)) {
      throw new ServerKitError('network', `not a network: ${JSON.stringify(network)}; expected such as 10.0.0.0/8`)
    }
    list.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

/** The address without zone, IPv4-mapped IPv6 as IPv4, IPv6 shortened; `undefined` for anything else. */
export function canonicalAddress(text: string): string | undefined {
  const [bare = ''] = text.split('%')
  const family = isIP(bare)
  if (family === 4) return bare
  if (family !== 6) return undefined
  const groups = ipv6Groups(bare)
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6)
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  }
  // The URL parser writes IPv6 in its one canonical form (RFC 5952).
  return new URL(`http://[${bare}]/`).hostname.slice(1, -1)
}

function identify(address: string): ClientIdentity {
  if (isIP(address) === 4) return { address, key: address }
  const network = ipv6Groups(address).slice(0, 4)
  return { address, key: `${network.map((group) => group.toString(16)).join(':')}::/64` }
}

function ipv6Groups(address: string): number[] {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16))
}
