import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { HomeserverError } from '../error.ts'
import type { Store, UserId } from '../store/store.ts'

/** How long a write keeps its lock alive beyond now, in microseconds (spec 02 §10.12.5). */
const KEEP_ALIVE = 30_000_000
/** How often it does, in milliseconds. */
const KEEP_ALIVE_EVERY_MS = 10_000

/** The lock a write runs under. */
export interface HeldLock extends Disposable {
  readonly tokenHash: Uint8Array
  /** Keeps it alive until disposed: an upload must not outlive its lock. */
  keepAlive(): void
}

/** What the store keeps of a lock token. */
export function hashLockToken(token: string): Uint8Array {
  return createHash('sha256').update(token).digest()
}

/** The check before a write (spec 02 §10.12.5). */
export class LockGate {
  readonly #store: Store
  readonly #clock: Clock

  constructor(components: { readonly store: Store; readonly clock: Clock }) {
    this.#store = components.store
    this.#clock = components.clock
  }

  /**
   * Passes a write that presents the path's live lock, or presents none and there is none; answers the lock it runs
   * under. @throws HomeserverError `resource-locked`, `lock-lost`
   */
  async enter(user: UserId, path: string, tokens: readonly string[]): Promise<HeldLock | undefined> {
    const now = this.#clock()
    if (tokens.length === 0) {
      if ((await this.#store.findLock(user, path, now)) !== undefined) {
        throw new HomeserverError('resource-locked', 'Resource is locked')
      }
      return undefined
    }
    const tokenHashes = tokens.map(hashLockToken)
    const held = await this.#extend(user, path, tokenHashes)
    const tokenHash = held === undefined ? undefined : tokenHashes[held]
    if (tokenHash === undefined) throw lockLost()
    let timer: NodeJS.Timeout | undefined
    return {
      tokenHash,
      keepAlive: () => {
        timer ??= setInterval(() => {
          // A lock that was taken away meanwhile is noticed at the commit.
          this.#extend(user, path, [tokenHash]).catch(() => undefined)
        }, KEEP_ALIVE_EVERY_MS)
      },
      [Symbol.dispose]: () => clearInterval(timer),
    }
  }

  #extend(userId: UserId, path: string, tokenHashes: readonly Uint8Array[]): Promise<number | undefined> {
    const now = this.#clock()
    return this.#store.extendLock({ userId, path, tokenHashes, now, expiresAt: now + KEEP_ALIVE, keepLonger: true })
  }
}

/** The presented lock is not, or no longer, the path's. */
export function lockLost(): HomeserverError {
  return new HomeserverError('lock-lost', 'The If header does not name the live lock on this path')
}
