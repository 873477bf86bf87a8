import type { Bodies } from '../blobs/bodies.ts'
import type { Clock } from '../clock.ts'
import { HomeserverError } from '../error.ts'
import type { Store } from '../store/store.ts'
import type { User } from './users.ts'

/** Entries cleared in one transaction; between two, other writers get their turn. */
const STEP = 200

/** Erases accounts: the data key first, so that nothing is readable any more, then everything it sealed. */
export class AccountEraser {
  readonly #store: Store
  readonly #bodies: Bodies
  readonly #clock: Clock

  constructor(components: {
    readonly store: Store
    readonly bodies: Bodies
    readonly clock: Clock
  }) {
    this.#store = components.store
    this.#bodies = components.bodies
    this.#clock = components.clock
  }

  /** @throws HomeserverError `user-unknown`: somebody else was faster */
  async erase(user: User): Promise<void> {
    // With its rows goes the key that is kept in memory: the store tells all who watch it.
    const isThere = await this.#store.deleteUser(user.id, this.#clock())
    if (!isThere) throw new HomeserverError('user-unknown', 'Not Found')
    await this.finish()
  }

  /**
   * Clears what is left of erased accounts; also at start, after a crash in the middle. Several may do it at once: each step
   * is one transaction, and removing a body twice is fine.
   */
  async finish(): Promise<void> {
    for (;;) {
      const { done, orphans } = await this.#store.sweepDeletedUsers(STEP, this.#clock())
      for (const blobId of orphans) await this.#bodies.remove(blobId)
      if (done) return
    }
  }
}
