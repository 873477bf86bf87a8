import type { Resource } from '@pubky/protocol'
import { invalidRequest } from '../errors/create.ts'
import { isBrowser } from '../http/runtime.ts'
import { requireFeature } from './required-feature.ts'
import { statsOf } from './stats.ts'
import type { StorageContext } from './storage-context.ts'
import { putFile } from './write.ts'

/** What can be stored. A stream is sent while it is read; where a browser cannot do that, it is collected first. */
export type UploadBody = Uint8Array | string | Blob | ReadableStream<Uint8Array>

/** How far a transfer is. */
export interface TransferProgress {
  /** Bytes handed to, or taken from, the network. */
  readonly transferred: number
  /** All bytes, when known beforehand. */
  readonly total: number | undefined
}

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
    if (options.ifMatch !== undefined) headers['if-match'] = quoted(options.ifMatch)
    if (options.ifAbsent === true) headers['if-none-match'] = '*'
  }
  const total = lengthOf(body, options.contentLength)
  if (total !== undefined && body instanceof ReadableStream) headers['content-length'] = String(total)
  const prepared = await prepareBody(body, total, options.onProgress)
  const response = await putFile(context, resource, { ...prepared, headers, signal: options.signal })
  const { etag, lastModifiedMs } = statsOf(response.headers)
  return { ...(etag !== undefined && { etag }), ...(lastModifiedMs !== undefined && { lastModifiedMs }) }
}

/** `"x"` of `x`, as headers want it. */
export function quoted(etag: string): string {
  if (!/^(W\/)?[\x21\x23-\x7e]*$/.test(etag)) throw invalidRequest('invalid etag')
  return etag.startsWith('W/') ? `W/"${etag.slice(2)}"` : `"${etag}"`
}

interface PreparedBody {
  readonly body: BodyInit
  readonly replayable: boolean
}

async function prepareBody(
  body: UploadBody,
  total: number | undefined,
  onProgress: UploadOptions['onProgress'],
): Promise<PreparedBody> {
  if (!(body instanceof ReadableStream)) {
    const whole = typeof body === 'string' ? new TextEncoder().encode(body) : body
    if (onProgress === undefined || isBrowser()) {
      onProgress?.({ transferred: 0, total })
      return { body: whole instanceof Uint8Array ? whole.slice() : new Blob([whole]), replayable: true }
    }
    const stream = whole instanceof Blob ? whole.stream() : chunksOf(whole)
    return { body: counted(stream, total, onProgress), replayable: false }
  }
  // Node streams over any connection; browsers demand HTTP/2, which a homeserver may not speak.
  if (!isBrowser()) {
    return { body: onProgress === undefined ? body : counted(body, total, onProgress), replayable: false }
  }
  return { body: await new Response(body).blob(), replayable: true }
}

function lengthOf(body: UploadBody, declared: number | undefined): number | undefined {
  if (body instanceof Blob) return body.size
  if (body instanceof Uint8Array) return body.length
  return typeof body === 'string' ? new TextEncoder().encode(body).length : declared
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

/** A stream that tells how much of it has passed. */
export function counted(
  stream: ReadableStream<Uint8Array>,
  total: number | undefined,
  onProgress: (progress: TransferProgress) => void,
): ReadableStream<Uint8Array> {
  let transferred = 0
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        transferred += chunk.length
        controller.enqueue(chunk)
        onProgress({ transferred, total })
      },
    }),
  )
}
