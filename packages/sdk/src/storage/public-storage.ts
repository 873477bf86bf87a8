import { Client } from '../client.ts'
import { Freeable } from '../freeable.ts'
import type { Address, ResourceStats } from '../types.ts'
import type { DownloadOptions } from './download.ts'
import type { EntriesOptions, ListedEntry } from './entries.ts'
import { listFolder } from './list.ts'
import { downloadFile, folderEntries } from './on-demand.ts'
import { fileExists, getFile, getFileBytes, getFileJson, getFileText, headFile } from './read.ts'
import { resourceOfAddress } from './resource-input.ts'
import { statsOf } from './stats.ts'
import type { StorageContext } from './storage-context.ts'

/** Reads everybody's public files; needs no session (spec 05 §2.10). */
export class PublicStorage extends Freeable {
  readonly #context: StorageContext

  /** @param client a mainnet client when absent */
  constructor(client: Client = new Client()) {
    super()
    this.#context = { core: client.core, credential: undefined }
  }

  /**
   * Names in a folder, as `pubky://` URLs with decoded paths.
   * @param address must end with `/`
   * @param cursor entry to start after: a `pubky://` URL or `<z32>/<path>`
   * @param limit at most 1000; 100 when absent
   * @param shallow only what lies directly in the folder
   */
  async list(
    address: Address,
    cursor?: string | null,
    reverse?: boolean | null,
    limit?: number | null,
    shallow?: boolean | null,
  ): Promise<string[]> {
    return await listFolder(this.#context, resourceOfAddress(address), { cursor, reverse, limit, shallow })
  }

  /** The file as a streaming `Response`. */
  async get(address: Address): Promise<Response> {
    return await getFile(this.#context, resourceOfAddress(address))
  }

  /** The whole file in memory. Rejects with `RequestError` 404 when it is not there. */
  async getBytes(address: Address): Promise<Uint8Array> {
    return await getFileBytes(this.#context, resourceOfAddress(address))
  }

  /** The file as UTF-8 text. Rejects with `RequestError` 404 when it is not there. */
  async getText(address: Address): Promise<string> {
    return await getFileText(this.#context, resourceOfAddress(address))
  }

  /** The file parsed as JSON. Rejects with `RequestError`: 404, or `decode` when it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: the official signature
  async getJson(address: Address): Promise<any> {
    return await getFileJson(this.#context, resourceOfAddress(address))
  }

  /** Whether there is such a file. */
  async exists(address: Address): Promise<boolean> {
    return await fileExists(this.#context, resourceOfAddress(address))
  }

  /** What the server says about the file; undefined when it is not there. */
  async stats(address: Address): Promise<ResourceStats | undefined> {
    const response = await headFile(this.#context, resourceOfAddress(address))
    return response && statsOf(response.headers)
  }

  /** Reads a file of any size with progress, ranges and conditions (ours). */
  async download(address: Address, options: DownloadOptions = {}): Promise<Response> {
    return await downloadFile(this.#context, resourceOfAddress(address), options)
  }

  /** Goes through a whole folder, with sizes, types and times where the homeserver offers them (ours). */
  entries(address: Address, options: EntriesOptions = {}): AsyncIterable<ListedEntry> {
    return folderEntries(this.#context, resourceOfAddress(address), options)
  }
}
