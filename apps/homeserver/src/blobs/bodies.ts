import { HomeserverError } from '../error.ts'
import type { BodyReference, EntryRecord } from '../store/store.ts'
import type { BlobBackend } from './blobs.ts'
import { BodyUpload } from './body-upload.ts'
import { PlainBlob, SealedBlob } from './open-blob.ts'
import { corrupt } from './sealed-format.ts'
import { freshBlobId, openWhole, sealWhole } from './sealing.ts'
import type { KeyOwner, UserKeys } from './user-keys.ts'

/** A body opened for reading; of one version, whatever happens to its entry. */
export interface OpenBody {
  /** The bytes from `start` to `end` (exclusive), each verified before it is yielded. Closes at its end. */
  stream(signal: AbortSignal, start: number, end: number): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** A body ready to be committed. */
export interface StoredBody {
  readonly reference: BodyReference
  /** Stored bytes, when they go inline with the row. */
  readonly inlineBody: Uint8Array | undefined
}

/**
 * Bodies of entries, wherever they are kept: small ones inline with their row, larger ones as blobs, sealed in both
 * places unless encryption is off.
 */
export class Bodies {
  readonly #backend: BlobBackend
  readonly #keys: UserKeys | undefined
  /** Blobs published since start: the sweeper must not take them for orphans before their rows are committed. */
  #published: Set<string> | undefined = new Set()

  constructor(backend: BlobBackend, keys: UserKeys | undefined) {
    this.#backend = backend
    this.#keys = keys
  }

  /** Stores a body that is in memory and fits inline. */
  storeInline(owner: KeyOwner, body: Uint8Array): StoredBody | Promise<StoredBody> {
    if (this.#keys === undefined) {
      return { reference: { blobId: freshBlobId(), place: 'inline', keyGeneration: 0 }, inlineBody: body }
    }
    const key = this.#keys.current(owner)
    if (key instanceof Promise) return key.then((loaded) => sealInline(loaded, body))
    return sealInline(key, body)
  }

  /** Starts a body of unknown or large size. */
  async upload(owner: KeyOwner, signal: AbortSignal): Promise<BodyUpload> {
    const key = await this.#keys?.current(owner)
    return BodyUpload.start(this.#backend, key, signal, (blobId) => this.#published?.add(blobId))
  }

  /** Plaintext of an inline body. @throws HomeserverError `body-corrupt` */
  openInline(owner: KeyOwner, entry: EntryRecord, stored: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const { contentLength, body } = entry
    const { blobId, keyGeneration } = body
    if (keyGeneration === 0) {
      if (stored.length !== contentLength) throw corrupt('its size is not that of its entry')
      return stored
    }
    const key = this.#keyOf(owner, keyGeneration)
    if (key instanceof Promise) return key.then((loaded) => openWhole(loaded, stored, blobId, contentLength))
    return openWhole(key, stored, blobId, contentLength)
  }

  /**
   * Opens a blob; undefined when it is gone (replaced meanwhile, or lost). Damage shows while it is read.
   * @throws HomeserverError `body-corrupt`: its key is gone
   */
  async open(owner: KeyOwner, entry: EntryRecord, signal: AbortSignal): Promise<OpenBody | undefined> {
    const { blobId, keyGeneration } = entry.body
    const key = keyGeneration === 0 ? undefined : await this.#keyOf(owner, keyGeneration)
    const reader = await this.#backend.open(blobId, signal)
    if (reader === undefined) return undefined
    return key === undefined
      ? new PlainBlob(reader, entry.contentLength)
      : new SealedBlob(reader, key, blobId, entry.contentLength)
  }

  /** Removes a blob that no row names any more. */
  async remove(blobId: string): Promise<void> {
    await this.#backend.remove(blobId)
  }

  /**
   * Removes blobs that neither a row names nor an upload of this run has published: what crashes left behind.
   * @param named answers which of some ids have a row
   * @param modifiedBeforeMs milliseconds since the epoch: younger ones are left alone, because somebody else's upload may be
   *   about to name them; infinity when nobody else uses the back end
   * @returns how many were removed
   */
  async sweep(
    named: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
    modifiedBeforeMs: number,
    signal: AbortSignal,
  ): Promise<number> {
    let removed = 0
    const check = async (ids: readonly string[]) => {
      const kept = await named(ids)
      for (const id of ids) {
        if (kept.has(id) || this.#published?.has(id) === true) continue
        await this.#backend.remove(id)
        removed += 1
      }
    }
    let batch: string[] = []
    for await (const { id, modifiedAtMs } of this.#backend.list()) {
      if (signal.aborted) return removed
      if (modifiedAtMs >= modifiedBeforeMs) continue
      batch.push(id)
      if (batch.length < SWEEP_BATCH) continue
      await check(batch)
      batch = []
    }
    await check(batch)
    this.#published = undefined
    return removed
  }

  #keyOf(owner: KeyOwner, generation: number) {
    if (this.#keys === undefined) {
      throw new HomeserverError('body-corrupt', 'a stored body is sealed, but encryption is switched off')
    }
    return this.#keys.ofGeneration(owner, generation)
  }
}

/** Blobs looked up at a time while sweeping. */
const SWEEP_BATCH = 500

function sealInline(key: Parameters<typeof sealWhole>[0], body: Uint8Array): StoredBody {
  const { blobId, stored } = sealWhole(key, body)
  return { reference: { blobId, place: 'inline', keyGeneration: key.generation }, inlineBody: stored }
}
