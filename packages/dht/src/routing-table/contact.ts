import { ipv4Text, type NodeAddress } from '../address.ts'
import { isSecureId } from '../secure-id.ts'

/** A node as others name it: its id and where it listens. */
export interface Contact extends NodeAddress {
  readonly id: Uint8Array
  /** `host` as an unsigned 32-bit number. */
  readonly ip: number
  /** Whether the id fits the address by BEP 42. Secure contacts come first everywhere. */
  readonly secure: boolean
}

/** A contact with its derived fields. The id is kept, not copied. */
export function createContact(id: Uint8Array, ip: number, port: number): Contact {
  return { id, ip, host: ipv4Text(ip), port, secure: isSecureId(id, ip) }
}
