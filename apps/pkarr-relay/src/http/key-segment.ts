import { CryptoError, type PublicKey, parseKeyAddress, utf8Decode, utf8Encode } from '@pubky/crypto'
import { LruMap } from '@pubky/pkarr'
import { Refusal } from './refusal.ts'

/** Texts whose keys are remembered: checking that a key is a point of the curve costs more than all else in a hit. */
const REMEMBERED_TEXTS = 20_000
const MAX_REMEMBERED_LENGTH = 128

/** Reads keys from path segments by the lenient official rules (spec 04 §1.3, §2.1). */
export class KeySegments {
  readonly #keys = new LruMap<string, PublicKey>(REMEMBERED_TEXTS)

  /** @throws {Refusal} 400 */
  parse(segment: string): PublicKey {
    const known = this.#keys.get(segment)
    if (known !== undefined) return known
    const key = parse(percentDecode(segment))
    if (segment.length <= MAX_REMEMBERED_LENGTH) this.#keys.set(segment, key)
    return key
  }
}

function parse(text: string): PublicKey {
  try {
    return parseKeyAddress(text)
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error
    throw new Refusal(400, `Invalid URL: ${error.message}`)
  }
}

/** Escapes that are none stay as they are, as in the official relay. */
function percentDecode(segment: string): string {
  if (!segment.includes('%')) return segment
  const bytes: number[] = []
  for (let at = 0; at < segment.length; ) {
    const escaped = /^%([0-9A-Fa-f]{2})/.exec(segment.slice(at, at + 3))
    if (escaped === null) {
      const character = String.fromCodePoint(segment.codePointAt(at) ?? 0)
      bytes.push(...utf8Encode(character))
      at += character.length
    } else {
      bytes.push(Number.parseInt(escaped[1]!, 16))
      at += 3
    }
  }
  try {
    return utf8Decode(Uint8Array.from(bytes))
  } catch {
    throw new Refusal(400, 'Invalid URL: Invalid UTF-8 in `key`')
  }
}
