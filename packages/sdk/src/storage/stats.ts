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
