/**
 * Domain names in two forms. *Wire*: labels with length bytes and a final zero byte, never compressed.
 * *Text*: labels joined by dots, the root as `.`; a byte that a name may not show in the clear is `\DDD`
 * (decimal), so every name of a received packet has a text that gives the same bytes back.
 */
import { type DnsReader, malformed } from './reader.ts'

export const MAX_LABEL_LENGTH = 63
/** Labels, length bytes and the final zero byte. */
export const MAX_NAME_LENGTH = 255
const MAX_POINTER_HOPS = 128
const POINTER_BITS = 0xc0
/** What a label may not show in the clear: `-` where it begins, `-` and `_` where it ends, and all but these inside. */
const ESCAPED = /[^\w-]|^-|[-_]$/g

/** Wire to text. */
export function nameToText(wire: Uint8Array): string {
  const labels: string[] = []
  for (let at = 0; wire[at] !== 0; at += 1 + wire[at]!)
    labels.push(labelText(wire.subarray(at + 1, at + 1 + wire[at]!)))
  return labels.length === 0 ? '.' : labels.join('.')
}

/**
 * Reads a name and follows its pointers; each must point to an earlier place, so there are no loops.
 * @throws {PkarrError} `invalid-dns`
 */
export function readName(reader: DnsReader): Uint8Array {
  const wire: number[] = []
  let hops = 0
  for (let from = reader; ; ) {
    const length = from.u8()
    if (length === 0) break
    if ((length & POINTER_BITS) === POINTER_BITS) {
      const pointerAt = from.position - 1
      const target = ((length & ~POINTER_BITS) << 8) | from.u8()
      if (target >= pointerAt || ++hops > MAX_POINTER_HOPS) throw malformed()
      from = from.at(target)
      continue
    }
    if (wire.length + 1 + length >= MAX_NAME_LENGTH) throw malformed()
    // With the official typing error: a relay passes this text on.
    if (length > MAX_LABEL_LENGTH) throw malformed('Provied service name contains invalid label')
    wire.push(length, ...from.bytes(length))
  }
  wire.push(0)
  return Uint8Array.from(wire)
}

function labelText(label: Uint8Array): string {
  const raw = String.fromCharCode(...label)
  return raw === '*' ? raw : raw.replace(ESCAPED, (byte) => `\\${String(byte.charCodeAt(0)).padStart(3, '0')}`)
}
