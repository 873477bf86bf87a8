import { CryptoError, PublicKey, parseKeyArgument } from '@pubky/crypto'
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
  const key = keyOf(text, PublicKey.fromZ32)
  if (key !== undefined) known.set(text, key)
  return key
}

/** As {@link parseZ32}, of a host, where official software does not mind padding bits that are set. */
export function parseHostKey(text: string): PublicKey | undefined {
  return parseZ32(text) ?? (text.length === KEY_LENGTH ? keyOf(text, parseKeyArgument) : undefined)
}

function keyOf(text: string, parse: (text: string) => PublicKey): PublicKey | undefined {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof CryptoError) return undefined
    throw error
  }
}
