import type { EntryRecord, Store } from '../store/store.ts'

/** A small public file ready to be sent. */
export interface CachedFile {
  readonly entry: EntryRecord
  readonly body: Uint8Array
  /** Ready header arrays, made and owned by the HTTP layer; kept here so that they live and die with the version. */
  prepared: unknown
}

/** Largest body kept ready. */
export const MAX_CACHED_BODY = 16_384
/** Memory for ready files, half of it for each generation. */
const MAX_CACHE_BYTES = 67_108_864
/** What a cached file takes beside its body: entry, headers, key. */
const FILE_OVERHEAD = 1_024

/** A load that may end up in the cache, unless its file changes meanwhile. */
export interface PendingLoad {
  isStale: boolean
}

/**
 * Small public files by owner and path, dropped in the turn in which a change of theirs is acknowledged. Two
 * generations stand in for exact recency: a hit costs one lookup and writes nothing.
 */
export class FileCache {
  readonly #loads = new Map<string, Set<PendingLoad>>()
  #young = new Map<string, CachedFile>()
  #old = new Map<string, CachedFile>()
  #youngBytes = 0

  constructor(store: Store) {
    store.watch((notice) => {
      if (notice.kind === 'event') this.#drop(notice.event.user + notice.event.path)
      else if (notice.kind === 'user-deleted') this.#clear()
    })
  }

  /** @param key owner and path, one after the other */
  get(key: string): CachedFile | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.#put(key, old)
    return old
  }

  /** To be called before the file is read; end it with {@link finish}. */
  begin(key: string): PendingLoad {
    const load = { isStale: false }
    const loads = this.#loads.get(key)
    if (loads === undefined) this.#loads.set(key, new Set([load]))
    else loads.add(load)
    return load
  }

  /** Keeps the file, unless it changed since `load` began; without a file, just ends the load. */
  finish(key: string, load: PendingLoad, file: CachedFile | undefined): void {
    const loads = this.#loads.get(key)
    if (loads?.delete(load) === true && loads.size === 0) this.#loads.delete(key)
    if (file !== undefined && !load.isStale && file.body.length <= MAX_CACHED_BODY) this.#put(key, file)
  }

  #put(key: string, file: CachedFile): void {
    this.#young.set(key, file)
    this.#youngBytes += file.body.length + FILE_OVERHEAD
    if (this.#youngBytes <= MAX_CACHE_BYTES / 2) return
    this.#old = this.#young
    this.#young = new Map()
    this.#youngBytes = 0
  }

  #drop(key: string): void {
    const young = this.#young.get(key)
    if (young !== undefined) {
      this.#young.delete(key)
      this.#youngBytes -= young.body.length + FILE_OVERHEAD
    }
    this.#old.delete(key)
    for (const load of this.#loads.get(key) ?? []) load.isStale = true
  }

  #clear(): void {
    this.#young.clear()
    this.#old.clear()
    this.#youngBytes = 0
    for (const loads of this.#loads.values()) for (const load of loads) load.isStale = true
  }
}
