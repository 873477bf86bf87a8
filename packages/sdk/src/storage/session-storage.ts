import type { Resource } from '@pubky/protocol'
import type { SessionCredential } from '../auth/session-credential.ts'
import { checkedText } from '../checked-text.ts'
import { Freeable } from '../freeable.ts'
import type { ClientCore } from '../http/client-core.ts'
import type { Path, ResourceStats } from '../types.ts'
import type { DownloadOptions } from './download.ts'
import type { EntriesOptions, ListedEntry } from './entries.ts'
import { jsonText } from './json-body.ts'
import { listFolder } from './list.ts'
import { downloadFile, folderEntries, refreshLock, releaseLock, takeLock, uploadFile, withLock } from './on-demand.ts'
import { fileExists, getFile, getFileBytes, getFileJson, getFileText, headFile } from './read.ts'
import { resourceOfPath } from './resource-input.ts'
import { statsOf } from './stats.ts'
import type { StorageContext } from './storage-context.ts'
import type { StorageLock } from './storage-lock.ts'
import { copiedBytes, textBytes } from './text-bytes.ts'
import type { UploadBody, UploadOptions, UploadResult } from './upload.ts'
import { deleteFile, putFile } from './write.ts'

/**
 * A signed-in user's own storage (spec 05 §2.10, §8). Paths are absolute and decoded: `%` and spaces are ordinary
 * characters. Every method rejects with `RequestError`; `data.statusCode` holds the server's status.
 */
export class SessionStorage extends Freeable {
  readonly #context: StorageContext
  readonly #credential: SessionCredential

  /** @internal Comes with a session. */
  constructor(core: ClientCore, credential: SessionCredential) {
    super()
    this.#credential = credential
    this.#context = { core, credential }
  }

  /**
   * Names in a folder, as `pubky://` URLs with decoded paths.
   * @param path must end with `/`
   * @param cursor entry to start after: a `pubky://` URL or `<z32>/<path>`
   * @param limit at most 1000; 100 when absent
   * @param shallow only what lies directly in the folder
   */
  async list(
    path: Path,
    cursor?: string | null,
    reverse?: boolean | null,
    limit?: number | null,
    shallow?: boolean | null,
  ): Promise<string[]> {
    return await listFolder(this.#context, this.#resource(path), { cursor, reverse, limit, shallow })
  }

  /** The file as a streaming `Response`. */
  async get(path: Path): Promise<Response> {
    return await getFile(this.#context, this.#resource(path))
  }

  /** The whole file in memory. Rejects with `RequestError` 404 when it is not there. */
  async getBytes(path: Path): Promise<Uint8Array> {
    return await getFileBytes(this.#context, this.#resource(path))
  }

  /** The file as UTF-8 text. Rejects with `RequestError` 404 when it is not there. */
  async getText(path: Path): Promise<string> {
    return await getFileText(this.#context, this.#resource(path))
  }

  /** The file parsed as JSON. Rejects with `RequestError`: 404, or `decode` when it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: the official signature
  async getJson(path: Path): Promise<any> {
    return await getFileJson(this.#context, this.#resource(path))
  }

  /** Whether there is such a file. */
  async exists(path: Path): Promise<boolean> {
    return await fileExists(this.#context, this.#resource(path))
  }

  /** What the server says about the file; undefined when it is not there. */
  async stats(path: Path): Promise<ResourceStats | undefined> {
    const response = await headFile(this.#context, this.#resource(path))
    return response && statsOf(response.headers)
  }

  /** Stores bytes, replacing what is there. */
  async putBytes(path: Path, body: Uint8Array): Promise<void> {
    await putFile(this.#context, this.#resource(path), { body: copiedBytes(body) })
  }

  /** Stores a text as UTF-8, without a content type: the server finds it out. */
  async putText(path: Path, body: string): Promise<void> {
    await putFile(this.#context, this.#resource(path), { body: textBytes(body) })
  }

  /** Stores a value as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: the official signature
  async putJson(path: Path, body: any): Promise<void> {
    await putFile(this.#context, this.#resource(path), {
      body: textBytes(jsonText(body)),
      headers: { 'content-type': 'application/json' },
    })
  }

  /** Deletes a file. Rejects with `RequestError` 404 when it is not there. */
  async delete(path: Path): Promise<void> {
    await deleteFile(this.#context, this.#resource(path))
  }

  /**
   * Takes a write lock on a file, which need not exist (0.17).
   * @param seconds asked for; the server may grant fewer, see the lock. Rejects with `InvalidInput` for what is no time
   */
  async lock(path: Path, seconds: number): Promise<StorageLock> {
    return await takeLock(this.#context, this.#resource(path), seconds)
  }

  /** Starts the time of a lock anew. 412: the lock is gone. */
  async refreshLock(lock: StorageLock, seconds: number): Promise<void> {
    await refreshLock(this.#context, lock, seconds)
  }

  /** Gives a lock back. 409: it is gone already. */
  async unlock(lock: StorageLock): Promise<void> {
    await releaseLock(this.#context, lock)
  }

  /** Writes under a lock. 412: the lock is gone; lock and read again. */
  async putLocked(lock: StorageLock, body: Uint8Array): Promise<void> {
    await putFile(this.#context, lock.resource, { body: copiedBytes(body), headers: { if: lock.ifHeader() } })
  }

  /** The official name of {@link putLocked}. */
  async putBytesLocked(lock: StorageLock, body: Uint8Array): Promise<void> {
    await this.putLocked(lock, body)
  }

  /** As {@link putLocked}, of a text. */
  async putTextLocked(lock: StorageLock, body: string): Promise<void> {
    await this.putLocked(lock, textBytes(body))
  }

  /** Deletes under a lock, which stays. */
  async deleteLocked(lock: StorageLock): Promise<void> {
    await deleteFile(this.#context, lock.resource, { if: lock.ifHeader() })
  }

  /** Runs `work` under a lock that is refreshed while it runs and given back at its end (ours). */
  async withLock<T>(path: Path, seconds: number, work: (lock: StorageLock) => Promise<T>): Promise<T> {
    return await withLock(this.#context, this.#resource(path), seconds, work)
  }

  /** Stores a file of any size with progress, content type and conditions (ours). */
  async upload(path: Path, body: UploadBody, options: UploadOptions = {}): Promise<UploadResult> {
    return await uploadFile(this.#context, this.#resource(path), body, options)
  }

  /** Reads a file of any size with progress, ranges and conditions (ours). */
  async download(path: Path, options: DownloadOptions = {}): Promise<Response> {
    return await downloadFile(this.#context, this.#resource(path), options)
  }

  /** Goes through a whole folder, with sizes, types and times where the homeserver offers them (ours). */
  entries(path: Path, options: EntriesOptions = {}): AsyncIterable<ListedEntry> {
    return folderEntries(this.#context, this.#resource(path), options)
  }

  /** This storage again, except that all its requests also end when `signal` aborts (ours). */
  with(options: { readonly signal: AbortSignal }): SessionStorage {
    return new SessionStorage(this.#context.core.withSignal(options.signal), this.#credential)
  }

  #resource(path: string): Resource {
    return resourceOfPath(this.#credential.user, checkedText(path))
  }
}
