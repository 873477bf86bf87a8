/** Listings: GET of a directory-shaped path (spec 02 §10.8). */
import type { Files, ListedFile, ListRequest } from '../../files/files.ts'
import type { Fields } from '../kernel/exchange.ts'
import { prefersJson } from './accept.ts'
import type { ClientExchange } from './client-exchange.ts'
import type { ListQuery } from './list-query.ts'

/** Answers with one path a line, or with metadata as JSON to a client that asks for it. */
export function listDirectory(
  exchange: ClientExchange,
  files: Files,
  owner: string,
  directory: string,
  query: ListQuery,
): Promise<void> | void {
  const request = { tenant: owner, directory, ...query }
  if (prefersJson(exchange.headers('accept'))) return sendMetadata(exchange, files, request)
  const text = files.listText(request)
  if (typeof text !== 'string') return text.then((read) => sendText(exchange, read))
  sendText(exchange, text)
  return undefined
}

/** @param text one character per byte */
function sendText(exchange: ClientExchange, text: string): void {
  exchange.sendReady(
    200,
    ['content-type', 'text/plain', ...varyOf(exchange), 'content-length', String(text.length)],
    text,
  )
}

async function sendMetadata(exchange: ClientExchange, files: Files, request: ListRequest): Promise<void> {
  const entries = await files.listWithMetadata(request)
  const last = entries.at(-1)
  exchange.json(
    200,
    {
      entries: entries.map(describe),
      cursor: last === undefined || entries.length < request.limit ? null : `${request.tenant}${last.path}`,
    },
    varyOf(exchange),
  )
}

function varyOf({ target }: ClientExchange): Fields {
  return target === undefined ? ['vary', 'pubky-host'] : []
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
