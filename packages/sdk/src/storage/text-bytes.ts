/** A text as UTF-8, as `fetch` and the official SDK send it: half a surrogate pair becomes U+FFFD. */
export function textBytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}
