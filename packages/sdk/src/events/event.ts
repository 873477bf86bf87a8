import { base64Encode } from '@pubky/crypto'
import type { EventType, StorageEvent } from '@pubky/protocol'
import { Freeable } from '../freeable.ts'
import { PubkyResource } from '../resource.ts'

/** Something that happened in a user's storage (spec 05 §2.14). */
export class Event extends Freeable {
  readonly #inner: StorageEvent
  readonly #resource: PubkyResource

  /** @internal Comes from an event stream. */
  constructor(inner: StorageEvent) {
    super()
    this.#inner = inner
    this.#resource = new PubkyResource(inner.resource)
  }

  /** `PUT`: created or overwritten; `DEL`: deleted. */
  get eventType(): EventType {
    return this.#inner.type
  }

  get resource(): PubkyResource {
    return this.#resource
  }

  /** Position in the homeserver's log; give it to a later stream to go on after this event. */
  get cursor(): string {
    return String(this.#inner.cursor)
  }

  /** Standard base64 of the content's 32-byte BLAKE3; only for `PUT`. */
  get contentHash(): string | undefined {
    return this.#inner.type === 'PUT' ? base64Encode(this.#inner.contentHash) : undefined
  }
}
