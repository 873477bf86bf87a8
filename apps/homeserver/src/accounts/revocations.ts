import type { Store } from '../store/store.ts'

/** The credential that opened something long-lived. */
export type Credential =
  | { readonly kind: 'cookie'; readonly sessionId: number }
  | { readonly kind: 'grant'; readonly grantId: string }
  | { readonly kind: 'user'; readonly userId: number }

/**
 * Tells long-lived readers that their credential is gone (spec 02 §11.3.8). In a single process the notice is given
 * in the same turn in which the revocation was acknowledged by the store. When the store cannot say what other processes
 * revoked, everybody is told (spec 03 §8.4).
 */
export class Revocations {
  readonly #listeners = new Map<string, Set<() => void>>()

  constructor(store: Store) {
    store.watch((notice) => {
      if (notice.kind === 'cookie-session-revoked') this.#announce({ kind: 'cookie', sessionId: notice.sessionId })
      else if (notice.kind === 'grant-revoked') this.#announce({ kind: 'grant', grantId: notice.grantId })
      else if (notice.kind === 'user-deleted') this.#announce({ kind: 'user', userId: notice.userId })
      else if (notice.kind === 'notices-lost') this.#announceAll()
    })
  }

  /** Calls `listener` once when the credential is revoked. Answers the function that stops listening. */
  watch(credential: Credential, listener: () => void): () => void {
    const key = keyOf(credential)
    let listeners = this.#listeners.get(key)
    if (listeners === undefined) {
      listeners = new Set()
      this.#listeners.set(key, listeners)
    }
    listeners.add(listener)
    return () => {
      const current = this.#listeners.get(key)
      if (current?.delete(listener) === true && current.size === 0) this.#listeners.delete(key)
    }
  }

  #announceAll(): void {
    const all = [...this.#listeners.values()]
    this.#listeners.clear()
    for (const listeners of all) for (const listener of listeners) listener()
  }

  #announce(credential: Credential): void {
    const key = keyOf(credential)
    const listeners = this.#listeners.get(key)
    if (listeners === undefined) return
    this.#listeners.delete(key)
    for (const listener of listeners) listener()
  }
}

function keyOf(credential: Credential): string {
  switch (credential.kind) {
    case 'cookie':
      return `cookie:${credential.sessionId}`
    case 'grant':
      return `grant:${credential.grantId}`
    case 'user':
      return `user:${credential.userId}`
  }
}
