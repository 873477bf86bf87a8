import type { Clock } from '../clock.ts'
import type { Store } from '../store/store.ts'

/**
 * How long a used proof is remembered, in microseconds. Six minutes would do while clocks only go forward; a day more
 * keeps a clock that is set back from making old proofs fresh again.
 */
const MEMORY = 90_000_000_000

/** Proofs that may be used once, ever: restarts do not forget them. */
export class Proofs {
  readonly #store: Store
  readonly #clock: Clock

  constructor(components: { readonly store: Store; readonly clock: Clock }) {
    this.#store = components.store
    this.#clock = components.clock
  }

  /** Uses up a proof. False: it was used before. */
  spend(kind: 'auth-token' | 'pop', id: string): Promise<boolean> {
    const now = this.#clock()
    return this.#store.spendProof(`${kind}:${id}`, now, now + MEMORY)
  }
}
