import { type PublicKey as CryptoPublicKey, parseKeyArgument } from '@pubky/crypto'
import { checkedText } from '../checked-text.ts'
import { invalidInput, messageOf } from '../errors/create.ts'
import { Freeable } from '../freeable.ts'

/** The name of a user, a homeserver or an app's session key: an Ed25519 public key (spec 05 §2.7). */
export class PublicKey extends Freeable {
  /** @internal */
  readonly inner: CryptoPublicKey

  /** @internal Use {@link PublicKey.from}. */
  constructor(inner: CryptoPublicKey) {
    super()
    this.inner = inner
  }

  /**
   * Reads `<z32>`, `pubky<z32>`, `pk:<z32>` or an address whose host is a key.
   * Throws `InvalidInput`, also for `pubky://` addresses.
   */
  static from(value: string): PublicKey {
    try {
      return new PublicKey(parseKeyArgument(checkedText(value)))
    } catch (cause) {
      throw invalidInput(messageOf(cause), cause)
    }
  }

  /** The 52 characters used in URLs, headers, JSON and records. */
  z32(): string {
    return this.inner.z32()
  }

  /** `pubky<z32>`, for people only. */
  override toString(): string {
    return this.inner.toString()
  }

  /** A copy of the 32 bytes. */
  toUint8Array(): Uint8Array {
    return this.inner.bytes.slice()
  }

  /** The 52 characters, so that a key inside JSON is a plain string. */
  toJSON(): string {
    return this.inner.z32()
  }
}

/** The key inside. Throws `InvalidInput` for a key given as text, or not at all, as plain JavaScript may. @internal */
export function innerKey(key: PublicKey): CryptoPublicKey {
  if (key instanceof PublicKey) return key.inner
  throw invalidInput('expected instance of PublicKey: PublicKey.from(text) makes one')
}
