import type { EntryRecord, Store } from '../store/store.ts'
import { Generations } from './generations.ts'

/** A public file ready to be sent. */
export interface CachedFile {
  readonly entry: EntryRecord
  readonly body: Uint8Array
  /** Ready header arrays, made and owned by the HTTP layer; kept here so that they live and die with the version. */
  prepared: unknown
}

/** Largest body kept ready after being read once. */
export const SMALL_BODY_BYTES = 16_384
/** Largest body kept ready at all, after being read twice. */
const LARGE_BODY_BYTES = 1_048_576
/** Memory for each of the two. */
const MAX_BYTES = 67_108_864
/** Files remembered as read once. */
const MAX_SEEN = 4_096

/** Loads of one file that may end up in the cache, unless the file changes meanwhile. */
export interface PendingLoad {
  isStale: boolean
  readers: number
  /** Whether one of the readers reads it whole; the others need not, too. */
  isReadWhole: boolean
}

/**
 * Public files by owner and path, opened and ready to be sent, dropped in the turn in which a change of theirs is
 * acknowledged. Private files are never kept. Sealed bodies need more work than sending them does, so what is popular
 * pays for it once. Over a shared store nothing is kept: what another process changed is known here only a moment later.
 */
export class FileCache {
  readonly #loads = new Map<string, PendingLoad>()
  readonly #small = new Generations<CachedFile>(MAX_BYTES)
  readonly #large = new Generations<CachedFile>(MAX_BYTES)
  /** Large files read once lately. */
  readonly #seen = new Set<string>()
  readonly #isKeeping: boolean

  constructor(store: Store) {
    this.#isKeeping = !store.isShared
    if (!this.#isKeeping) return
    store.watch((notice) => {
      if (notice.kind === 'event') this.#drop(notice.event.user + notice.event.path)
      else if (notice.kind === 'user-deleted') this.#clear()
    })
  }

  /** @param key owner and path, one after the other */
  get(key: string): CachedFile | undefined {
    return this.#small.get(key) ?? this.#large.get(key)
  }

  /** Whether a large file should be read whole and kept: it was read before, not long ago. */
  isPopular(key: string, entry: EntryRecord): boolean {
    if (!this.#isKeeping || entry.contentLength > LARGE_BODY_BYTES) return false
    if (this.#seen.delete(key)) return true
    if (this.#seen.size >= MAX_SEEN) this.#seen.clear()
    this.#seen.add(key)
    return false
  }

  /** To be called before the file is read; end it with {@link finish}. */
  begin(key: string): PendingLoad {
    const running = this.#loads.get(key)
    if (running !== undefined) {
      running.readers += 1
      return running
    }
    const load = { isStale: false, readers: 1, isReadWhole: false }
    this.#loads.set(key, load)
    return load
  }

  /** Keeps the file, unless it changed since `load` began; without a file, just ends the load. */
  finish(key: string, load: PendingLoad, file: CachedFile | undefined): void {
    load.readers -= 1
    if (load.readers === 0 && !load.isStale) this.#loads.delete(key)
    if (file === undefined || load.isStale || !this.#isKeeping) return
    const isSmall = file.body.length <= SMALL_BODY_BYTES
    if (isSmall) this.#small.set(key, file)
    else this.#large.set(key, file)
  }

  #drop(key: string): void {
    this.#small.delete(key)
    this.#large.delete(key)
    const load = this.#loads.get(key)
    if (load === undefined) return
    // Whoever begins from now on reads the new version.
    load.isStale = true
    this.#loads.delete(key)
  }

  #clear(): void {
    this.#small.clear()
    this.#large.clear()
    for (const load of this.#loads.values()) load.isStale = true
    this.#loads.clear()
  }
}
