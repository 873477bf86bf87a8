import type { Resource } from '@pubky/protocol'
import { invalidRequest } from '../errors/create.ts'
import { responseError } from '../errors/response-error.ts'
import { counter, type TransferProgress } from './progress.ts'
import { quotedEtag } from './quoted-etag.ts'
import { requestFile } from './read.ts'
import { requireFeature } from './required-feature.ts'
import type { StorageContext } from './storage-context.ts'

/** Options of `storage.download`; all are ours. */
export interface DownloadOptions {
  /** Bytes `start` to `end` (exclusive; the end of the file when absent). The answer is then 206. */
  readonly range?: { readonly start: number; readonly end?: number }
  /** A version already at hand (`etag` of `stats`). The answer is 304 without a body while it is still the present one. */
  readonly ifNoneMatch?: string
  readonly onProgress?: (progress: TransferProgress) => void
  readonly signal?: AbortSignal
}

/** A file as a streaming answer: 200, 206 or 304 (ours). Throws `RequestError` for any other status. */
export async function downloadFile(
  context: StorageContext,
  resource: Resource,
  options: DownloadOptions,
): Promise<Response> {
  const headers: Record<string, string> = {}
  if (options.ifNoneMatch !== undefined) headers['if-none-match'] = quotedEtag(options.ifNoneMatch)
  if (options.range !== undefined) {
    await requireFeature(context, resource, 'byte-ranges', options.signal)
    headers.range = rangeHeader(options.range)
  }
  const response = await requestFile(context, resource, { method: 'GET', headers, signal: options.signal })
  if (!response.ok && response.status !== 304) throw await responseError(response, context.core.maxErrorBodyBytes)
  const length = response.headers.get('content-length')
  const body =
    response.body === null || options.onProgress === undefined
      ? response.body
      : response.body.pipeThrough(counter(length === null ? undefined : Number(length), options.onProgress))
  return new Response(body, response)
}

function rangeHeader({ start, end }: { readonly start: number; readonly end?: number }): string {
  const isValid =
    Number.isSafeInteger(start) && start >= 0 && (end === undefined || (Number.isSafeInteger(end) && end > start))
  if (!isValid) throw invalidRequest(`invalid byte range ${start}..${end ?? ''}`)
  return `bytes=${start}-${end === undefined ? '' : end - 1}`
}
