import type { Resource } from '@pubky/protocol'
import { messageOf, transportError } from '../errors/create.ts'
import { isBrowser } from '../http/runtime.ts'
import { anySignal, untilAborted } from '../http/sleep.ts'
import { uploadCounted } from '../http/xhr-upload.ts'
import type { TransferProgress } from './progress.ts'
import { quotedEtag } from './quoted-etag.ts'
import { requireFeature } from './required-feature.ts'
import { statsOf } from './stats.ts'
import type { StorageContext } from './storage-context.ts'
import { textBytes } from './text-bytes.ts'
import { putFile, type WriteRequest } from './write.ts'

/** What can be stored. A stream is sent while it is read; where a browser cannot do that, it is collected first. */
export type UploadBody = Uint8Array | string | Blob | ReadableStream<Uint8Array>

/** Options of `storage.upload`; all are ours. */
export interface UploadOptions {
  /** Sent along. Homeservers so far do not look at it: they tell the type by name and content. */
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
    await requireFeature(context, resource, 'conditional-writes', options.signal)
    if (options.ifMatch !== undefined) headers['if-match'] = quotedEtag(options.ifMatch)
    if (options.ifAbsent === true) headers['if-none-match'] = '*'
  }
  const total = lengthOf(body, options.contentLength)
  const ended = new AbortController()
  const signal = anySignal(ended.signal, options.signal, context.core.signal) ?? ended.signal
  let sourceFailure: unknown
  const onSourceFailure = (cause: unknown): void => {
    sourceFailure = transportError(messageOf(cause), 'body', cause)
  }
  let response: Response
  try {
    const prepare = isBrowser() ? browserBody : nodeBody
    const prepared = await prepare(body, { total, onProgress: options.onProgress, onSourceFailure, signal })
    const all = { ...headers, ...prepared.headers }
    response = await putFile(context, resource, { ...prepared, headers: all, signal: options.signal })
  } catch (thrown) {
    // What has not begun to read it would not let go of it either.
    if (body instanceof ReadableStream && !body.locked) void body.cancel(thrown).catch(() => {})
    throw (!signal.aborted && sourceFailure) || thrown
  } finally {
    ended.abort()
  }
  const { etag, lastModifiedMs } = statsOf(response.headers)
  return { ...(etag !== undefined && { etag }), ...(lastModifiedMs !== undefined && { lastModifiedMs }) }
}

interface Transfer {
  readonly total: number | undefined
  readonly onProgress: UploadOptions['onProgress']
  /** Told what the source itself failed with, which `fetch` calls a failure of its own. */
  readonly onSourceFailure: (cause: unknown) => void
  /** Aborts when nothing more is sent, so that no stream is read in vain: `fetch` would go on reading. */
  readonly signal: AbortSignal
}

type PreparedBody = Pick<WriteRequest, 'body' | 'headers' | 'replayable' | 'transmit'>

/** Browsers send streams over HTTP/2 only, which a homeserver may not speak, so a stream is collected first. */
async function browserBody(body: UploadBody, transfer: Transfer): Promise<PreparedBody> {
  const { total, onProgress } = transfer
  // Without a type of its own, so that the server finds out the file's.
  const whole = body instanceof ReadableStream ? await collected(body, transfer) : new Blob([body as BlobPart])
  if (onProgress === undefined) return { body: whole }
  const onUpload = (transferred: number): void => onProgress({ transferred, total: total ?? whole.size })
  return { body: whole, transmit: (url, init) => uploadCounted(url, { ...init, body: whole }, onUpload) }
}

/** Node sends streams over any connection; what may be large, or is to be counted, goes as one. */
async function nodeBody(body: UploadBody, transfer: Transfer): Promise<PreparedBody> {
  const { total, onProgress } = transfer
  if (onProgress === undefined && typeof body === 'string') return { body: textBytes(body) }
  if (onProgress === undefined && body instanceof Uint8Array) return { body: body.slice() }
  const stream = streamsOf(body)
  return {
    body: () => observed(stream(), transfer),
    replayable: !(body instanceof ReadableStream),
    // Nobody else would say it of a stream.
    ...(total !== undefined && { headers: { 'content-length': String(total) } }),
  }
}

/**
 * A stream as it is to be sent. It lets go of its source when `signal` aborts though nobody reads it, as after a `fetch`
 * that found no connection.
 */
function observed(source: ReadableStream<Uint8Array>, transfer: Transfer): ReadableStream<Uint8Array> {
  const { total, onProgress, onSourceFailure, signal } = transfer
  const reader = source.getReader()
  let transferred = 0
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (): void => {
          controller.error(signal.reason)
          void reader.cancel(signal.reason).catch(() => {})
        }
        signal.addEventListener('abort', end, { once: true })
      },
      async pull(controller) {
        const { done, value } = await reader.read().catch((cause: unknown) => {
          onSourceFailure(cause)
          throw cause
        })
        if (signal.aborted) return
        transferred += value?.length ?? 0
        if (!done || transferred === 0) onProgress?.({ transferred, total })
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel(reason) {
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/** A stream of a body for each time it is sent. */
function streamsOf(body: UploadBody): () => ReadableStream<Uint8Array> {
  if (body instanceof ReadableStream) return () => body
  if (body instanceof Blob) return () => body.stream()
  const bytes = typeof body === 'string' ? textBytes(body) : body
  return () => chunksOf(bytes)
}

async function collected(stream: ReadableStream<Uint8Array>, { onSourceFailure, signal }: Transfer): Promise<Blob> {
  const passed = new TransformStream<Uint8Array, Uint8Array>()
  const whole = new Response(passed.readable).blob()
  // Chromium calls it a failed fetch, whatever the stream failed with; the pipe tells what it was.
  whole.catch(() => {})
  try {
    await untilAborted(stream.pipeTo(passed.writable, { signal }), signal)
    return await untilAborted(whole, signal)
  } catch (thrown) {
    onSourceFailure(thrown)
    throw thrown
  }
}

function lengthOf(body: UploadBody, declared: number | undefined): number | undefined {
  if (body instanceof Blob) return body.size
  if (body instanceof Uint8Array) return body.length
  return typeof body === 'string' ? textBytes(body).length : declared
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
