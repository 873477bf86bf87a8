import { CryptoError, PublicKey } from '@pubky/crypto'

/** Keys that are kept: more than a page or a program talks about at a time. */
const CAPACITY = 1_000
const KEY_LENGTH = 52

/** Checking that a text is a point of the curve costs as much as a request; a key that was one stays one. */
const known = new Map<string, PublicKey>()

/** The key of a 52-character z-base-32 text, or undefined. */
export function parseZ32(text: string): PublicKey | undefined {
  if (text.length !== KEY_LENGTH) return undefined
  const found = known.get(text)
  if (found !== undefined) return found
  try {
    const key = PublicKey.fromZ32(text)
    for (const oldest of known.keys()) {
      if (known.size < CAPACITY) break
      known.delete(oldest)
    }
    known.set(text, key)
    return key
  } catch (error) {
    if (error instanceof CryptoError) return undefined
    throw error
  }
}
