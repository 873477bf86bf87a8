import { equalBytes } from './bytes.ts'
import { isEdwardsPoint, isSmallOrderPoint } from './curve25519.ts'
import { CryptoError } from './errors.ts'
import { keyTextOfAddress, withoutDisplayPrefix } from './public-key-text.ts'
import { z32Decode, z32Encode } from './z32.ts'

/** 51 characters of 5 bits and one that carries a single bit. */
const CANONICAL = /^[ybndrfg8ejkmcpqxot1uwisza345h769]{51}[yo]$/

/**
 * An Ed25519 public key: the name of a user, a homeserver or an app's session key (spec 01 §1). Two keys are equal
 * when their 32 encoded bytes are. Signatures are checked by {@link verifySignature}.
 */
export class PublicKey {
  /** The 32 encoded bytes. Do not write to them. */
  readonly bytes: Uint8Array
  #text: string | undefined

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /**
   * The key of 32 bytes, which are copied.
   * @throws CryptoError `invalid-length`; `invalid-point` when they encode no point of the curve
   */
  static fromBytes(bytes: Uint8Array): PublicKey {
    if (bytes.length !== 32) {
      throw new CryptoError('invalid-length', `Invalid PublicKey length, expected 32 bytes but got: ${bytes.length}`)
    }
    if (!isEdwardsPoint(bytes)) {
      throw new CryptoError('invalid-point', 'Invalid Ed25519 publickey; Cannot decompress Edwards point')
    }
    return new PublicKey(new Uint8Array(bytes))
  }

  /**
   * The key of its canonical text, 52 z-base-32 characters and nothing around them: the form of JSON members, paths and
   * queries (spec 01 §1.2 and 02 §4, Better). Texts whose unused last bits are not zero are refused.
   * @throws CryptoError `invalid-encoding`, `invalid-point`
   */
  static fromZ32(text: string): PublicKey {
    if (!CANONICAL.test(text)) throw new CryptoError('invalid-encoding', 'Invalid PublicKey encoding')
    return PublicKey.fromBytes(z32Decode(text))
  }

  /**
   * The key in a text that a person typed or copied: everything {@link parseKeyAddress} reads, and `pubky<z32>`
   * (spec 01 §1.2, `from_str`).
   * @throws CryptoError `invalid-encoding`, `invalid-length`, `invalid-point`
   */
  static parse(text: string): PublicKey {
    return parseKeyAddress(withoutDisplayPrefix(text))
  }

  /** The canonical text: 52 characters, as in JSON, hosts, paths and cookie names. */
  z32(): string {
    this.#text ??= z32Encode(this.bytes)
    return this.#text
  }

  /** The display text `pubky<z32>`, for people only (spec 01 §1.1). */
  toString(): string {
    return `pubky${this.z32()}`
  }

  /** The canonical text, so that a key inside JSON is a plain string. */
  toJSON(): string {
    return this.z32()
  }

  /** `pk:<z32>`. */
  toUri(): string {
    return `pk:${this.z32()}`
  }

  equals(other: PublicKey): boolean {
    return equalBytes(this.bytes, other.bytes)
  }

  /** Whether anybody can forge signatures of this key. Refuse such keys for users, sessions and `cnf` (spec 01 §1.3). */
  isSmallOrder(): boolean {
    return isSmallOrderPoint(this.bytes)
  }
}

/**
 * The key inside an address such as `<z32>`, `pk:<z32>`, `https://user@sub.<z32>.:8888/path?q#h` or `_pubky.<z32>`,
 * by the official rules (spec 01 §1.2, P0). For `Host` headers and other lenient places; JSON, paths and queries want
 * {@link PublicKey.fromZ32}.
 * @throws CryptoError `invalid-encoding`, `invalid-length`, `invalid-point`
 */
export function parseKeyAddress(text: string): PublicKey {
  const core = keyTextOfAddress(text)
  let bytes: Uint8Array
  try {
    bytes = z32Decode(core)
  } catch (cause) {
    throw new CryptoError('invalid-encoding', 'Invalid PublicKey encoding', { cause })
  }
  return PublicKey.fromBytes(bytes)
}

/**
 * As {@link parseKeyAddress}, but refuses the display form `pubky<z32>`: the rule of transport URLs, event filters and
 * list cursors (spec 01 §1.2, "strict z32").
 * @throws CryptoError `invalid-encoding`, `invalid-length`, `invalid-point`
 */
export function parseRawKeyAddress(text: string): PublicKey {
  if (withoutDisplayPrefix(text) !== text) {
    throw new CryptoError('invalid-encoding', 'unexpected `pubky` prefix; expected raw z32')
  }
  return parseKeyAddress(text)
}

/**
 * As {@link PublicKey.parse}, but refuses `pubky://` addresses: the rule of the JavaScript SDK's `PublicKey.from`.
 * @throws CryptoError `invalid-encoding`, `invalid-length`, `invalid-point`
 */
export function parseKeyArgument(text: string): PublicKey {
  if (text.startsWith('pubky://')) {
    throw new CryptoError('invalid-encoding', 'public key must be raw z32 or pubky<z32>; pubky:// is not supported')
  }
  return PublicKey.parse(text)
}
