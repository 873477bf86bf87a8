import { type AddressScope, addressKey, ipv4Number, ipv4Text, isInScope, type NodeAddress } from '../address.ts'
import { K, MAX_NODES_PER_SUBNET } from '../constants.ts'
import { ID_LENGTH } from '../node-id.ts'
import { type Contact, createContact } from '../routing-table/contact.ts'

/** Bytes of an IPv4 address and port. */
const COMPACT_ADDRESS_BYTES = 6

/** Bytes of an id with its IPv4 address and port. */
export const COMPACT_NODE_BYTES = ID_LENGTH + COMPACT_ADDRESS_BYTES

/** An address in 6 bytes (BEP 5). */
export function writeCompactAddress(address: NodeAddress): Uint8Array {
  const bytes = new Uint8Array(COMPACT_ADDRESS_BYTES)
  writeAt(bytes, 0, ipv4Number(address.host), address.port)
  return bytes
}

/** The address in 6 bytes. `undefined` for another length or port 0. */
export function readCompactAddress(bytes: Uint8Array): NodeAddress | undefined {
  if (bytes.length !== COMPACT_ADDRESS_BYTES) return undefined
  const port = readPort(bytes, 4)
  return port === 0 ? undefined : { host: ipv4Text(readIp(bytes, 0)), port }
}

/** Nodes in 26 bytes each (BEP 5). */
export function writeCompactNodes(nodes: readonly Contact[]): Uint8Array {
  const bytes = new Uint8Array(nodes.length * COMPACT_NODE_BYTES)
  nodes.forEach((node, index) => {
    bytes.set(node.id, index * COMPACT_NODE_BYTES)
    writeAt(bytes, index * COMPACT_NODE_BYTES + ID_LENGTH, node.ip, node.port)
  })
  return bytes
}

/**
 * The nodes of an answer that are worth asking: in scope, with a port, each address once, no more than an honest answer
 * has and few of one public /24, however many bytes came (spec 04 §4.2, §4.7).
 */
export function readCompactNodes(bytes: Uint8Array, scope: AddressScope): Contact[] {
  const nodes: Contact[] = []
  const seen = new Set<number>()
  const perSubnet = new Map<number, number>()
  for (let offset = 0; offset + COMPACT_NODE_BYTES <= bytes.length; offset += COMPACT_NODE_BYTES) {
    if (nodes.length === K) break
    const ip = readIp(bytes, offset + ID_LENGTH)
    const port = readPort(bytes, offset + ID_LENGTH + 4)
    const key = addressKey(ip, port)
    if (port === 0 || seen.has(key) || !isInScope(ip, scope)) continue
    seen.add(key)
    if (isInScope(ip, 'public')) {
      const subnet = ip >>> 8
      const count = perSubnet.get(subnet) ?? 0
      if (count === MAX_NODES_PER_SUBNET) continue
      perSubnet.set(subnet, count + 1)
    }
    nodes.push(createContact(bytes.slice(offset, offset + ID_LENGTH), ip, port))
  }
  return nodes
}

function writeAt(bytes: Uint8Array, offset: number, ip: number, port: number): void {
  bytes[offset] = ip >>> 24
  bytes[offset + 1] = ip >>> 16
  bytes[offset + 2] = ip >>> 8
  bytes[offset + 3] = ip
  bytes[offset + 4] = port >> 8
  bytes[offset + 5] = port
}

function readIp(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0
}

function readPort(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!
}
