import { invalidRequest } from '../errors/create.ts'
import type { ResourceStats } from '../types.ts'

/** What the headers of an answer say about a file; members that are absent or make no sense are left out. */
export function statsOf(headers: Headers): ResourceStats {
  const stats: ResourceStats = {}
  const length = headers.get('content-length')
  if (length !== null && /^\d+$/.test(length)) stats.contentLength = Number(length)
  const type = headers.get('content-type')
  if (type !== null) stats.contentType = type
  const modified = Date.parse(headers.get('last-modified') ?? '')
  if (!Number.isNaN(modified)) stats.lastModifiedMs = modified
  const etag = headers.get('etag')
  if (etag !== null) stats.etag = unquotedEtag(etag)
  return stats
}

/** `"x"` → `x`, `W/"x"` → `W/x`. */
export function unquotedEtag(etag: string): string {
  return etag.replace(/^(W\/)?"(.*)"$/, '$1$2')
}

/** `"x"` of `x`, as headers want it. */
export function quotedEtag(etag: string): string {
  if (!/^(W\/)?[\x21\x23-\x7e]*$/.test(etag)) throw invalidRequest('invalid etag')
  return etag.startsWith('W/') ? `W/"${etag.slice(2)}"` : `"${etag}"`
}
