import { CryptoError, PublicKey } from '@pubky/crypto'
import { LruMap } from '@pubky/pkarr'

/** Keys that are kept: more than a page or a program talks about at a time. */
const CAPACITY = 1_000
const KEY_LENGTH = 52

/** Checking that a text is a point of the curve costs as much as a request; a key that was one stays one. */
const known = new LruMap<string, PublicKey>(CAPACITY)

/** The key of a 52-character z-base-32 text, or undefined. */
export function parseZ32(text: string): PublicKey | undefined {
  if (text.length !== KEY_LENGTH) return undefined
  const found = known.peek(text)
  if (found !== undefined) return found
  try {
    const key = PublicKey.fromZ32(text)
    known.set(text, key)
    return key
  } catch (error) {
    if (error instanceof CryptoError) return undefined
    throw error
  }
}
