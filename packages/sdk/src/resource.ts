import type { Resource } from '@pubky/protocol'
import { Freeable } from './freeable.ts'
import { PublicKey } from './keys/public-key.ts'
import { resourceOfAddress } from './storage/resource-input.ts'

/** One file or folder of one user (spec 05 §2.14). Texts come with the path percent-encoded. */
export class PubkyResource extends Freeable {
  readonly #inner: Resource
  readonly #owner: PublicKey

  /** @internal Use {@link PubkyResource.parse}. */
  constructor(inner: Resource) {
    super()
    this.#inner = inner
    this.#owner = new PublicKey(inner.owner)
  }

  /** Reads `pubky<z32>/<path>` or `pubky://<z32>/<path>` with a decoded path. Throws `RequestError`. */
  static parse(value: string): PubkyResource {
    return new PubkyResource(resourceOfAddress(value))
  }

  get owner(): PublicKey {
    return this.#owner
  }

  /** The path as it stands in URLs. */
  get path(): string {
    return this.#inner.encodedPath
  }

  /** The path as the server stores it and as storage calls take it: decoded. */
  get decodedPath(): string {
    return this.#inner.path
  }

  /** `pubky://<z32>/<path>`, path encoded. */
  toPubkyUrl(): string {
    return this.#inner.toPubkyUrl()
  }

  /** `pubky<z32>/<path>`, path encoded. */
  override toString(): string {
    return this.#inner.toString()
  }
}
