import { ALERT } from './alerts.ts'
import { violation } from './errors.ts'
import type { Reader } from './reader.ts'

/** Reads an extension block into a map by type, in wire order. Refuses a type that occurs twice (RFC 8446 §4.2). */
export function readExtensions(block: Reader): Map<number, Buffer> {
  const extensions = new Map<number, Buffer>()
  while (block.remaining > 0) {
    const type = block.u16()
    const content = block.vector16().rest()
    if (extensions.has(type)) throw violation(ALERT.illegalParameter, `extension ${type} occurs twice`)
    extensions.set(type, content)
  }
  return extensions
}
