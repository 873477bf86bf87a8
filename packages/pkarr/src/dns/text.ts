import { utf8Encode } from '@pubky/crypto'
import type { TextRecord } from './record.ts'

/** Upstream splits one byte early (spec 04 §1.6); equal texts must give equal bytes. */
const CHUNK_LENGTH = 254

/** The strings of a TXT record for one text of any length. */
export function txtStrings(text: string): Uint8Array[] {
  const bytes = utf8Encode(text)
  const count = Math.max(1, Math.ceil(bytes.length / CHUNK_LENGTH))
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * CHUNK_LENGTH, (index + 1) * CHUNK_LENGTH))
}

/** The strings of a TXT record joined to one text; bytes that are not UTF-8 become U+FFFD. */
export function txtText(record: TextRecord): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return record.strings.map((string) => decoder.decode(string, { stream: true })).join('') + decoder.decode()
}
