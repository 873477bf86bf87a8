import { isLocalAddress } from './address.ts'
import { crc32c } from './crc32c.ts'
import { ID_LENGTH, randomId } from './node-id.ts'

/** Bits of the id that the address decides (BEP 42). */
const PREFIX_BITS = 21
const PREFIX_MASK = (0xffffffff << (32 - PREFIX_BITS)) >>> 0

/**
 * Whether a node at this address may have this id by BEP 42: local addresses any, others only ids whose first 21 bits
 * follow from the address and the id's last byte (spec 04 §4.5).
 */
export function isSecureId(id: Uint8Array, ip: number): boolean {
  return isLocalAddress(ip) || (idPrefix(id) ^ securePrefix(ip, id[ID_LENGTH - 1]!)) >>> (32 - PREFIX_BITS) === 0
}

/** A random id that is secure for this address. */
export function secureId(ip: number): Uint8Array {
  const id = randomId()
  const prefix = securePrefix(ip, id[ID_LENGTH - 1]!)
  id[0] = prefix >>> 24
  id[1] = prefix >>> 16
  id[2] = ((prefix >>> 8) & 0xf8) | (id[2]! & 0x07)
  return id
}

/** Whether two ids share the 21 bits that BEP 42 decides. */
export function sharesSecurePrefix(a: Uint8Array, b: Uint8Array): boolean {
  return ((idPrefix(a) ^ idPrefix(b)) & PREFIX_MASK) === 0
}

function idPrefix(id: Uint8Array): number {
  return ((id[0]! << 24) | (id[1]! << 16) | (id[2]! << 8) | id[3]!) >>> 0
}

function securePrefix(ip: number, random: number): number {
  const masked = (ip & 0x030f3fff) >>> 0
  return crc32c(
    Uint8Array.of((masked >>> 24) | ((random & 7) << 5), (masked >>> 16) & 255, (masked >>> 8) & 255, masked & 255),
  )
}
