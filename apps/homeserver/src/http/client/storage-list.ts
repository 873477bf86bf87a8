/** Listings: GET of a directory-shaped path (spec 02 §10.8). */
import type { Files, ListedFile } from '../../files/files.ts'
import type { ClientExchange } from './client-exchange.ts'
import type { ListQuery } from './list-query.ts'

/** Answers with one path a line, or with metadata as JSON to a client that asks for it. */
export async function listDirectory(
  exchange: ClientExchange,
  files: Files,
  owner: string,
  directory: string,
  query: ListQuery,
): Promise<void> {
  const request = { tenant: owner, directory, ...query }
  const vary = exchange.target === undefined ? ['vary', 'pubky-host'] : []
  if (!wantsJson(exchange)) {
    const paths = await files.list(request)
    exchange.send(200, ['content-type', 'text/plain', ...vary], formatListing(owner, paths))
    return
  }
  const entries = await files.listWithMetadata(request)
  const last = entries.at(-1)
  exchange.json(
    200,
    {
      entries: entries.map(describe),
      cursor: last === undefined || entries.length < query.limit ? null : `${owner}${last.path}`,
    },
    vary,
  )
}

/** The wire form: `pubky://<owner><path>` lines with decoded paths, no trailing new line. */
function formatListing(owner: string, paths: readonly string[]): string {
  if (paths.length === 0) return ''
  const prefix = `pubky://${owner}`
  return prefix + paths.join(`\n${prefix}`)
}

function wantsJson(exchange: ClientExchange): boolean {
  return exchange.header('accept')?.includes('application/json') === true
}

function describe({ path, entry }: ListedFile): object {
  if (entry === undefined) return { path }
  return {
    path,
    length: entry.contentLength,
    type: entry.contentType,
    etag: entry.etag,
    modified: new Date(entry.modifiedAt / 1000).toISOString(),
  }
}
