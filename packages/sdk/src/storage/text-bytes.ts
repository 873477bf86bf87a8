import { checkedText } from '../checked-text.ts'
import { invalidInput } from '../errors/create.ts'

/** A text as UTF-8, as `fetch` and the official SDK send it: half a surrogate pair becomes U+FFFD. Throws `InvalidInput`. */
export function textBytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(checkedText(text))
}

/** A copy of bytes. Throws `InvalidInput` for anything else, of which an empty or zeroed file would remain. */
export function copiedBytes(bytes: Uint8Array | ArrayBuffer): Uint8Array<ArrayBuffer> {
  if (!(ArrayBuffer.isView(bytes) || bytes instanceof ArrayBuffer)) {
    throw invalidInput(`expected a Uint8Array, got ${typeof bytes}`)
  }
  return new Uint8Array(bytes)
}
