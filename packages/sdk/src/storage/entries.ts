import { Resource } from '@pubky/protocol'
import { requestError } from '../errors/create.ts'
import { readAnswer } from '../http/client-core.ts'
import type { ResourceStats } from '../types.ts'
import { type ListOptions, listFolder, listQuery } from './list.ts'
import { getAnswer } from './read.ts'
import { hasFeature } from './required-feature.ts'
import { unquotedEtag } from './stats.ts'
import type { StorageContext } from './storage-context.ts'

/** Entries asked for per request while going through a folder. */
const PAGE_SIZE = 1000

/** One line of a listing. */
export interface ListedEntry {
  /** `pubky://<z32>/<path>`, path decoded, fit to be given to any storage call. */
  readonly url: string
  /** Absolute decoded path; folders, which only shallow listings show, end with `/`. */
  readonly path: string
  /** What the server says about the file; undefined for folders and for servers that do not say it. */
  readonly stats: ResourceStats | undefined
}

/** Options of `storage.entries`. */
export interface EntriesOptions {
  /** Entry to start after. */
  readonly cursor?: string
  readonly reverse?: boolean
  readonly shallow?: boolean
  /** Most entries to yield; all when absent. */
  readonly limit?: number
}

/** Goes through a whole folder, page by page, with metadata where the homeserver offers it (ours). */
export async function* folderEntries(
  context: StorageContext,
  folder: Resource,
  options: EntriesOptions,
): AsyncGenerator<ListedEntry, void> {
  const withMetadata = await hasFeature(context, folder, 'listing-metadata')
  let remaining = options.limit ?? Number.POSITIVE_INFINITY
  let cursor = options.cursor
  while (remaining > 0) {
    const limit = Math.min(PAGE_SIZE, remaining)
    const page = { reverse: options.reverse, shallow: options.shallow, limit, cursor }
    const entries = withMetadata
      ? await metadataPage(context, folder, page)
      : (await listFolder(context, folder, page)).map((url) => entryOf(url, undefined))
    yield* entries
    if (entries.length < limit) return
    remaining -= entries.length
    cursor = entries.at(-1)?.url
  }
}

async function metadataPage(context: StorageContext, folder: Resource, page: ListOptions): Promise<ListedEntry[]> {
  const headers = { accept: 'application/json' }
  const response = await getAnswer(context, folder, { query: listQuery(folder, page), headers })
  const text = new TextDecoder().decode(await readAnswer(response, context.core.signal))
  try {
    const listed = member(JSON.parse(text), 'entries')
    if (!Array.isArray(listed)) throw new TypeError('expected a list of entries')
    return listed.map((line: unknown) => metadataEntry(folder, line))
  } catch (cause) {
    throw requestError('Request failed: HTTP transport error: error decoding response body', { kind: 'decode' }, cause)
  }
}

function metadataEntry(folder: Resource, line: unknown): ListedEntry {
  const path = member(line, 'path')
  if (typeof path !== 'string') throw new TypeError('an entry has no path')
  const url = `pubky://${folder.owner.z32()}${path}`
  const stats: ResourceStats = {}
  const length = member(line, 'length')
  const type = member(line, 'type')
  const etag = member(line, 'etag')
  const modified = member(line, 'modified')
  if (typeof length === 'number') stats.contentLength = length
  if (typeof type === 'string') stats.contentType = type
  if (typeof etag === 'string') stats.etag = unquotedEtag(etag)
  const time = Date.parse(String(modified))
  if (!Number.isNaN(time)) stats.lastModifiedMs = time
  return entryOf(url, url.endsWith('/') ? undefined : stats)
}

function entryOf(url: string, stats: ResourceStats | undefined): ListedEntry {
  const { path } = Resource.parse(url)
  return { url, path, stats }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
