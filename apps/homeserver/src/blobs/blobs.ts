/**
 * The one byte-storage interface: immutable objects under ids that are never used twice. Back ends (disk, memory, …)
 * see sealed bytes only; `bodies.ts` puts encryption at rest before any of them (spec 03 §9.5, §16.4).
 * Throws {@link HomeserverError} `disk-full` or `storage-failed`.
 */
export interface BlobBackend extends AsyncDisposable {
  /**
   * Starts a new object. Nothing is visible under `id` before {@link BlobWriter.publish}, which makes it durable.
   * @param id 32 lower-case hex digits, fresh
   */
  create(id: string, signal: AbortSignal): Promise<BlobWriter>

  /** Opens an object for reading; undefined when there is none. Stays readable even if removed meanwhile. */
  open(id: string, signal: AbortSignal): Promise<BlobReader | undefined>

  /** Removes an object; no error when there is none. */
  remove(id: string): Promise<void>

  /** All published objects, in no particular order. */
  list(): AsyncIterable<StoredBlob>

  /**
   * Removes uploads that a crash left unfinished. Call before the first {@link create}.
   * @param modifiedBeforeMs milliseconds since the epoch: younger ones may be somebody else's who uses the same back end;
   *   infinity when nobody does
   */
  clearUnfinished(modifiedBeforeMs: number): Promise<void>
}

/** An object being written; exactly one of `publish` and `abort` ends it, `abort` after either is fine. */
export interface BlobWriter {
  /** Appends the parts in order; resolves when they are handed over (back-pressure) and may be changed again. */
  write(parts: readonly Uint8Array[]): Promise<void>
  /** Makes the object durable and visible under its id. */
  publish(): Promise<void>
  /** Drops what was written. */
  abort(): Promise<void>
}

/** An open object. */
export interface BlobReader {
  /** Stored size in bytes. */
  size(): Promise<number>
  /**
   * Bytes at `offset`: `length` of them, fewer only where the object ends. They are the caller's to change or free.
   * @param target room of at least `length` bytes to read into; the answer is then a view of it
   */
  read(offset: number, length: number, target?: Uint8Array): Promise<Uint8Array>
  close(): Promise<void>
}

/** A line of {@link BlobBackend.list}. */
export interface StoredBlob {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly modifiedAtMs: number
}
