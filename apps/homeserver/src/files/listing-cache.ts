import type { Store } from '../store/store.ts'

/** Memory for all pages together, by the length of their texts. */
const MAX_BYTES = 16_777_216
/** Pages kept of one user: every change of theirs looks through them. */
const MAX_PAGES = 64

interface KeptPage {
  readonly directory: string
  readonly text: string
}

/**
 * Pages of public listings as they are sent, dropped in the turn in which a change below their folder is acknowledged.
 * Walking an index and writing a hundred lines costs several times what sending them does, and apps ask for the same
 * folder again and again. Over a shared store nothing is kept, for the same reason as in the file cache.
 */
export class ListingCache {
  readonly #users = new Map<string, Map<string, KeptPage>>()
  #bytes = 0
  #changes = 0
  readonly #isKeeping: boolean

  constructor(store: Store) {
    this.#isKeeping = !store.isShared
    if (!this.#isKeeping) return
    store.watch((notice) => {
      if (notice.kind === 'event') this.#drop(notice.event.user, notice.event.path)
      else if (notice.kind === 'user-deleted') this.#clear()
    })
  }

  /** @param key everything that picks the page out of the user's listings */
  get(tenant: string, key: string): string | undefined {
    return this.#users.get(tenant)?.get(key)?.text
  }

  /** To be called before the page is read; {@link keep} takes it only if nothing was changed since. */
  mark(): number {
    return this.#changes
  }

  /** Keeps a page of a public folder. */
  keep(tenant: string, key: string, page: KeptPage, mark: number): void {
    if (!this.#isKeeping || mark !== this.#changes || !page.directory.startsWith('/pub/')) return
    if (this.#bytes + page.text.length > MAX_BYTES) this.#clear()
    let pages = this.#users.get(tenant)
    if (pages === undefined || pages.size >= MAX_PAGES) {
      this.#forget(tenant)
      pages = new Map()
      this.#users.set(tenant, pages)
    }
    this.#bytes += page.text.length - (pages.get(key)?.text.length ?? 0)
    pages.set(key, page)
  }

  #drop(tenant: string, path: string): void {
    this.#changes += 1
    const pages = this.#users.get(tenant)
    if (pages === undefined) return
    for (const [key, { directory, text }] of pages) {
      if (!path.startsWith(directory)) continue
      pages.delete(key)
      this.#bytes -= text.length
    }
    if (pages.size === 0) this.#users.delete(tenant)
  }

  #forget(tenant: string): void {
    for (const { text } of this.#users.get(tenant)?.values() ?? []) this.#bytes -= text.length
    this.#users.delete(tenant)
  }

  #clear(): void {
    this.#changes += 1
    this.#users.clear()
    this.#bytes = 0
  }
}
