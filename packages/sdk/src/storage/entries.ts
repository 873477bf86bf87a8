import { Resource } from '@pubky/protocol'
import { transportError } from '../errors/create.ts'
import { statusCodeOf } from '../errors/status-code.ts'
import { readAnswer } from '../http/client-core.ts'
import type { ResourceStats } from '../types.ts'
import { type ListOptions, listFolder, listQuery } from './list.ts'
import { getAnswer } from './read.ts'
import { hasFeature } from './required-feature.ts'
import { unquotedEtag } from './stats.ts'
import type { StorageContext } from './storage-context.ts'

/** Entries asked for per request while going through a folder: no server gives more. */
const PAGE_SIZE = 1000
/** Entries that every server gives for one request: what it gives when no number is asked for. */
const SMALLEST_PAGE = 100

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

/**
 * Goes through a whole folder, page by page, with metadata where the homeserver offers it (ours). Servers may have smaller
 * pages than those asked for, so only a page shorter than one this server has filled is surely the last.
 */
export async function* folderEntries(
  context: StorageContext,
  folder: Resource,
  options: EntriesOptions,
): AsyncGenerator<ListedEntry, void> {
  const readPage = (await hasFeature(context, folder, 'listing-metadata')) ? metadataPage : namesPage
  let { cursor, limit: remaining = Number.POSITIVE_INFINITY } = options
  let filled = SMALLEST_PAGE
  while (remaining > 0) {
    const limit = Math.min(PAGE_SIZE, remaining)
    const page = await readPage(context, folder, { ...options, limit, cursor }).catch((thrown: unknown) => {
      // Who deletes what is listed has left no folder by now.
      if (cursor === options.cursor || statusCodeOf(thrown) !== 404) throw thrown
      return []
    })
    const { length } = page
    const last = page[length - 1]?.url
    if (length > 0 && last === cursor) throw transportError(`listing does not go on after ${last}`, 'decode')
    yield* page
    if (length < Math.min(limit, filled)) return
    filled = Math.max(filled, length)
    remaining -= length
    cursor = last
  }
}

async function namesPage(context: StorageContext, folder: Resource, page: ListOptions): Promise<ListedEntry[]> {
  return (await listFolder(context, folder, page)).map((url) => entryOf(url, undefined))
}

async function metadataPage(context: StorageContext, folder: Resource, page: ListOptions): Promise<ListedEntry[]> {
  const headers = { accept: 'application/json' }
  const response = await getAnswer(context, folder, { query: listQuery(folder, page), headers })
  const text = new TextDecoder().decode(await readAnswer(response, context.core.signal))
  try {
    const { entries } = membersOf(JSON.parse(text))
    if (!Array.isArray(entries)) throw new TypeError('expected a list of entries')
    return entries.map((line: unknown) => metadataEntry(folder, line))
  } catch (cause) {
    throw transportError('error decoding response body', 'decode', cause)
  }
}

function metadataEntry(folder: Resource, line: unknown): ListedEntry {
  const { path, length, type, etag, modified } = membersOf(line)
  if (typeof path !== 'string') throw new TypeError('an entry has no path')
  const url = `pubky://${folder.owner.z32()}${path}`
  const stats: ResourceStats = {}
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

/** The members of a value of JSON; none of what is no object. */
function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value)
}
