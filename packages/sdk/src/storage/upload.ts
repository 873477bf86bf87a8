import { utf8Encode } from '@pubky/crypto'
import type { Resource } from '@pubky/protocol'
import { isBrowser } from '../http/runtime.ts'
import type { Transmit } from '../http/transport.ts'
import { uploadByXhr } from '../http/xhr-upload.ts'
import { counted, type TransferProgress } from './progress.ts'
import { requireFeature } from './required-feature.ts'
import { quotedEtag, statsOf } from './stats.ts'
import type { StorageContext } from './storage-context.ts'
import { putFile } from './write.ts'

/** What can be stored. A stream is sent while it is read; where a browser cannot do that, it is collected first. */
export type UploadBody = Uint8Array | string | Blob | ReadableStream<Uint8Array>

/** Options of `storage.upload`; all are ours. */
export interface UploadOptions {
  /** Stored with the file. Left out, the server finds it out by name and content. */
  readonly contentType?: string
  /** Length of a stream, when known: lets the server refuse at once what does not fit the quota. */
  readonly contentLength?: number
  /** Write only over this version (`etag` of `stats` or of an earlier upload). Fails with 412 otherwise. */
  readonly ifMatch?: string
  /** Write only if there is no file yet. Fails with 412 otherwise. */
  readonly ifAbsent?: boolean
  readonly onProgress?: (progress: TransferProgress) => void
  readonly signal?: AbortSignal
}

/** What the server says about a finished upload; empty where it says nothing. */
export interface UploadResult {
  /** Version tag without quotes. */
  readonly etag?: string
  readonly lastModifiedMs?: number
}

/** Stores a file with everything the protocol allows (ours). Throws `RequestError`. */
export async function uploadFile(
  context: StorageContext,
  resource: Resource,
  body: UploadBody,
  options: UploadOptions,
): Promise<UploadResult> {
  const headers: Record<string, string> = {}
  if (options.contentType !== undefined) headers['content-type'] = options.contentType
  if (options.ifMatch !== undefined || options.ifAbsent === true) {
    await requireFeature(context, resource, 'conditional-writes')
    if (options.ifMatch !== undefined) headers['if-match'] = quotedEtag(options.ifMatch)
    if (options.ifAbsent === true) headers['if-none-match'] = '*'
  }
  const total = lengthOf(body, options.contentLength)
  const prepared = await (isBrowser() ? browserBody : nodeBody)(body, total, options.onProgress)
  // Browsers say the length themselves, and of a stream nobody else would.
  if (!isBrowser() && total !== undefined && !prepared.replayable) headers['content-length'] = String(total)
  const response = await putFile(context, resource, { ...prepared, headers, signal: options.signal })
  const { etag, lastModifiedMs } = statsOf(response.headers)
  return { ...(etag !== undefined && { etag }), ...(lastModifiedMs !== undefined && { lastModifiedMs }) }
}

type ProgressListener = UploadOptions['onProgress']

interface PreparedBody {
  readonly body: BodyInit
  readonly replayable: boolean
  readonly transmit?: Transmit
}

/** Browsers send streams over HTTP/2 only, which a homeserver may not speak, so a stream is collected first. */
async function browserBody(
  body: UploadBody,
  total: number | undefined,
  onProgress: ProgressListener,
): Promise<PreparedBody> {
  // Without a type of its own, so that the server finds out the file's.
  const whole = body instanceof ReadableStream ? await new Response(body).blob() : new Blob([body as BlobPart])
  if (onProgress === undefined) return { body: whole, replayable: true }
  const onUpload = (transferred: number): void => onProgress({ transferred, total: total ?? whole.size })
  return { body: whole, replayable: true, transmit: (url, init) => uploadByXhr(url, init, onUpload) }
}

/** Node sends streams over any connection; what is to be counted goes as one. */
async function nodeBody(
  body: UploadBody,
  total: number | undefined,
  onProgress: ProgressListener,
): Promise<PreparedBody> {
  const whole = typeof body === 'string' ? utf8Encode(body) : body
  if (onProgress === undefined) {
    return { body: whole instanceof Uint8Array ? whole.slice() : whole, replayable: !(whole instanceof ReadableStream) }
  }
  const stream = whole instanceof Blob ? whole.stream() : whole instanceof Uint8Array ? chunksOf(whole) : whole
  return { body: counted(stream, total, onProgress), replayable: false }
}

function lengthOf(body: UploadBody, declared: number | undefined): number | undefined {
  if (body instanceof Blob) return body.size
  if (body instanceof Uint8Array) return body.length
  return typeof body === 'string' ? utf8Encode(body).length : declared
}

const CHUNK_BYTES = 65_536

function chunksOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let offset = 0
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(offset, offset + CHUNK_BYTES))
      offset += CHUNK_BYTES
    },
  })
}
