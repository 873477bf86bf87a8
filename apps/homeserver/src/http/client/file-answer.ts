/** Answers that carry a stored file: storage GET and websites share them (spec 02 §10.2). */
import { type CachedFile, SMALL_BODY_BYTES } from '../../files/file-cache.ts'
import type { OpenFile } from '../../files/files.ts'
import { release } from '../../release.ts'
import type { EntryRecord } from '../../store/store.ts'
import type { Exchange, Fields } from '../kernel/exchange.ts'
import type { ClientExchange } from './client-exchange.ts'
import { requestedRange } from './conditions.ts'

/** Types that run scripts when a browser shows them; the server's own origin must not lend itself to them. */
const ACTIVE_TYPE = /^(?:text\/(?:html|xml)|application\/xml|image\/svg)|\+xml$/

/** Which header fields a file gets, by where it is asked for. */
export interface FileHeaders {
  readonly cacheControl: string
  readonly vary?: string
  /** Whether pages may run scripts: only on a website, which has an origin of its own. */
  readonly isOwnOrigin: boolean
}

export const LEGACY_HEADERS: FileHeaders = {
  cacheControl: 'private, must-revalidate',
  vary: 'pubky-host',
  isOwnOrigin: false,
}
export const PATH_HEADERS: FileHeaders = { cacheControl: 'private, must-revalidate', isOwnOrigin: false }
export const WEBSITE_HEADERS: FileHeaders = { cacheControl: 'no-cache', isOwnOrigin: true }

/** Other sites learn which site a visitor comes from, and not which page (spec 02 §10.13.4, Better). */
const REFERRER_POLICY: Fields = ['referrer-policy', 'strict-origin-when-cross-origin']
/** Fields of whatever a website answers beside its files. */
export const PAGE_FIELDS: Fields = [
  'cache-control',
  'no-cache',
  'x-content-type-options',
  'nosniff',
  ...REFERRER_POLICY,
]

/** Fields of a 304. */
export function notModifiedFields(entry: EntryRecord, headers: FileHeaders): Fields {
  return [
    ...['etag', entry.etag, 'last-modified', entry.lastModified, 'cache-control', headers.cacheControl],
    ...(headers.vary === undefined ? [] : ['vary', headers.vary]),
    ...(headers.isOwnOrigin ? ['x-content-type-options', 'nosniff'] : []),
  ]
}

/** Fields of a 200 or 206, without length. */
export function fileFields(entry: EntryRecord, headers: FileHeaders): Fields {
  const isSandboxed = !headers.isOwnOrigin && ACTIVE_TYPE.test(entry.contentType)
  return [
    ...['content-type', entry.contentType, 'etag', entry.etag, 'last-modified', entry.lastModified],
    ...['cache-control', headers.cacheControl, 'accept-ranges', 'bytes', 'x-content-type-options', 'nosniff'],
    ...(isSandboxed ? ['content-security-policy', 'sandbox'] : []),
    ...(headers.isOwnOrigin ? REFERRER_POLICY : []),
    ...(headers.vary === undefined ? [] : ['vary', headers.vary]),
  ]
}

/** What is sent of a cached file, made once for each way of asking. */
class PreparedFile {
  /**
   * A small body is a text of one byte per character: Node sends head and text as one piece, but head and bytes as two.
   * For a large one that gains nothing and would take its memory twice.
   */
  readonly body: string | Uint8Array
  readonly #file: CachedFile
  readonly #fields = new Map<FileHeaders, Fields>()

  constructor(file: CachedFile) {
    this.#file = file
    this.body = file.body.length <= SMALL_BODY_BYTES ? Buffer.from(file.body).toString('latin1') : file.body
  }

  fields(headers: FileHeaders): Fields {
    let fields = this.#fields.get(headers)
    if (fields === undefined) {
      fields = [...fileFields(this.#file.entry, headers), 'content-length', String(this.#file.body.length)]
      this.#fields.set(headers, fields)
    }
    return fields
  }
}

/** Sends a public file from memory. */
export function sendCached(exchange: ClientExchange, file: CachedFile, headers: FileHeaders): void {
  // Larger bodies go out as bytes: kept as text beside them they would take twice the memory.
  const isLarge = file.body.length > SMALL_BODY_BYTES
  if ((isLarge || exchange.header('range') !== undefined) && !exchange.isHead) {
    sendRange(exchange, file.entry, file.body, headers)
    return
  }
  let { prepared } = file
  if (!(prepared instanceof PreparedFile)) {
    prepared = new PreparedFile(file)
    file.prepared = prepared
  }
  if (prepared instanceof PreparedFile) exchange.sendReady(200, prepared.fields(headers), prepared.body)
}

/** Sends an open file, or the range of it that is asked for, chunk by chunk. */
export async function sendFile(exchange: ClientExchange, file: OpenFile, headers: FileHeaders): Promise<void> {
  const { entry, bytes } = file
  if (exchange.isHead) {
    await file.close()
    sendHead(exchange, entry, headers)
  } else if (bytes !== undefined) {
    await file.close()
    sendRange(exchange, entry, bytes, headers)
  } else await streamRange(exchange, file, headers)
}

/** The header fields of a file, for HEAD. */
export function sendHead(exchange: Exchange, entry: EntryRecord, headers: FileHeaders): void {
  exchange.begin(200, [...fileFields(entry, headers), 'content-length', String(entry.contentLength)])
  exchange.response.end()
}

function sendRange(exchange: ClientExchange, entry: EntryRecord, body: Uint8Array, headers: FileHeaders): void {
  const range = requestedRange(exchange, entry.contentLength, entry)
  if (range === 'unsatisfiable') refuseRange(exchange, entry, headers)
  else if (range === undefined) exchange.send(200, fileFields(entry, headers), body)
  else exchange.send(206, partFields(entry, headers, range), body.subarray(range.start, range.end))
}

async function streamRange(exchange: ClientExchange, file: OpenFile, headers: FileHeaders): Promise<void> {
  const { entry } = file
  const range = requestedRange(exchange, entry.contentLength, entry)
  if (range === 'unsatisfiable') {
    await file.close()
    refuseRange(exchange, entry, headers)
    return
  }
  const { start, end } = range ?? { start: 0, end: entry.contentLength }
  const fields = range === undefined ? fileFields(entry, headers) : partFields(entry, headers, range)
  await streamBytes(exchange, file, range === undefined ? 200 : 206, fields, start, end)
}

/** Sends an open file, or the bytes of it from `start` to `end`, chunk by chunk under that status. */
export async function streamBytes(
  exchange: ClientExchange,
  file: OpenFile,
  status: number,
  fields: Fields,
  start = 0,
  end = file.entry.contentLength,
): Promise<void> {
  const chunks = file.stream(exchange.abortSignal(), start, end)[Symbol.asyncIterator]()
  // The first chunk is verified before the status is promised: a damaged body then is a clear 500.
  const first = await chunks.next()
  exchange.begin(status, [...fields, 'content-length', String(end - start)])
  for (let next = first; !next.done; next = await chunks.next()) {
    const metered = exchange.throttle?.(next.value.length)
    if (metered !== undefined) await metered
    const chunk = next.value
    if (!exchange.response.write(chunk, () => release(chunk))) await exchange.drained()
  }
  exchange.end()
}

function partFields(entry: EntryRecord, headers: FileHeaders, range: { start: number; end: number }): Fields {
  const contentRange = `bytes ${range.start}-${range.end - 1}/${entry.contentLength}`
  return [...fileFields(entry, headers), 'content-range', contentRange]
}

function refuseRange(exchange: Exchange, entry: EntryRecord, headers: FileHeaders): void {
  exchange.text(416, 'Range Not Satisfiable', [
    ...['content-range', `bytes */${entry.contentLength}`],
    ...(headers.isOwnOrigin ? PAGE_FIELDS : []),
  ])
}
