import type { Resource } from '@pubky/protocol'

/** A write lock on one file (spec 05 §8.1). Whoever has the token and write access may write; nothing stores it. */
export class StorageLock {
  /** @internal */
  readonly resource: Resource
  /** `opaquelocktoken:…` */
  readonly token: string
  #timeoutSeconds: number

  /** @internal Comes from `storage.lock`. */
  constructor(resource: Resource, token: string, timeoutSeconds: number) {
    this.resource = resource
    this.token = token
    this.#timeoutSeconds = timeoutSeconds
  }

  /** The locked path, decoded. */
  get path(): string {
    return this.resource.path
  }

  /** Seconds the server granted at the last lock or refresh; maybe fewer than asked for. */
  get timeoutSeconds(): number {
    return this.#timeoutSeconds
  }

  /** Value of the `If` header that presents the lock. */
  ifHeader(): string {
    return `(<${this.token}>)`
  }

  /** @internal */
  refreshed(timeoutSeconds: number): void {
    this.#timeoutSeconds = timeoutSeconds
  }
}
