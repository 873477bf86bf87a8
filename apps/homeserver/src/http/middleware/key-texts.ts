import { CryptoError, PublicKey, parseRawKeyAddress } from '@pubky/crypto'

/** Remembered texts; a text is a few hundred bytes at most. */
const MAX_REMEMBERED = 10_000
/** Longer texts are hostile: no host or path segment that names a key comes near. */
const MAX_TEXT = 1024

/**
 * Reads keys out of hosts and paths, and remembers what it read: checking that 32 bytes are a point of the curve costs
 * more than the rest of a request. Answers are canonical z32 texts.
 */
export class KeyTexts {
  readonly #addresses = new Map<string, string | undefined>()
  readonly #canonical = new Map<string, boolean>()

  /** The key inside a host or the like, by the lenient rules of spec 02 §4; undefined when there is none. */
  fromAddress(text: string): string | undefined {
    if (text.length > MAX_TEXT) return undefined
    const known = this.#addresses.get(text)
    if (known !== undefined || this.#addresses.has(text)) return known
    const key = orUndefined(() => parseRawKeyAddress(text).z32())
    remember(this.#addresses, text, key)
    return key
  }

  /** Whether a text is exactly a key in its canonical spelling: the form of paths and queries. */
  isCanonical(text: string): boolean {
    if (text.length !== 52) return false
    const known = this.#canonical.get(text)
    if (known !== undefined) return known
    const isKey = orUndefined(() => PublicKey.fromZ32(text).z32()) === text
    remember(this.#canonical, text, isKey)
    return isKey
  }
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof CryptoError) return undefined
    throw error
  }
}

/** The oldest gives way: looking up must not write. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  if (map.size >= MAX_REMEMBERED) {
    const [oldest] = map.keys()
    if (oldest !== undefined) map.delete(oldest)
  }
  map.set(key, value)
}
