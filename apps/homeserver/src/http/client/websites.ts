/** Pages of users' websites, chosen by `Host` (spec 02 §10.13.3). */
import { percentEncodePath } from '@pubky/protocol'
import type { Core } from '../../core.ts'
import { HomeserverError } from '../../error.ts'
import { NEVER } from '../kernel/exchange.ts'
import { HttpError, TEXT } from '../kernel/http-error.ts'
import type { ClientExchange, WebsiteTarget } from './client-exchange.ts'
import { isNotModified } from './conditions.ts'
import {
  fileFields,
  notModifiedFields,
  PAGE_FIELDS,
  sendCached,
  sendFile,
  streamBytes,
  WEBSITE_HEADERS,
} from './file-answer.ts'

/** The page, the redirect into a folder, the site's own 404 page, or a bare 404. */
export async function serveWebsite(exchange: ClientExchange, site: WebsiteTarget, core: Core): Promise<void> {
  try {
    await servePage(exchange, site, core)
  } catch (error) {
    if (!(error instanceof HomeserverError) || exchange.isAnswered) throw error
    if (error.code === 'user-disabled') throw refusal(403, 'User is disabled', error)
    if (error.code === 'entry-unknown' || error.code === 'user-unknown') throw refusal(404, 'Not Found', error)
    throw error
  }
}

async function servePage(exchange: ClientExchange, site: WebsiteTarget, { users, files }: Core): Promise<void> {
  const { owner, file, sitePath } = site
  const user = users.cached(owner) ?? (await users.get(owner))
  if (user.disabled) throw new HomeserverError('user-disabled', 'User is disabled')
  const cached = files.cached(owner, file)
  if (cached !== undefined) {
    if (isNotModified(exchange, cached.entry)) exchange.empty(304, notModifiedFields(cached.entry, WEBSITE_HEADERS))
    else sendCached(exchange, cached, WEBSITE_HEADERS)
    return
  }
  const entry = await files.find(owner, file)
  if (entry !== undefined) {
    if (isNotModified(exchange, entry)) exchange.empty(304, notModifiedFields(entry, WEBSITE_HEADERS))
    else await sendFile(exchange, await files.open(owner, file, NEVER), WEBSITE_HEADERS)
  } else if (!sitePath.endsWith('/') && (await files.find(owner, `${file}/index.html`)) !== undefined) {
    const query = exchange.request.url?.slice(exchange.path.length) ?? ''
    exchange.empty(301, ['location', `${percentEncodePath(sitePath)}/${query}`, ...PAGE_FIELDS])
  } else await serveNotFoundPage(exchange, site, files)
}

async function serveNotFoundPage(exchange: ClientExchange, site: WebsiteTarget, files: Core['files']): Promise<void> {
  const path = `/pub/website/${site.label}/404.html`
  const open = await files.open(site.owner, path, NEVER)
  const type = fieldValue(fileFields(open.entry, WEBSITE_HEADERS), 'content-type')
  const fields = ['content-type', type ?? TEXT, ...PAGE_FIELDS]
  if (!exchange.isHead && open.bytes === undefined) {
    // As large as its owner likes, and asked for by anybody: never whole in memory.
    await streamBytes(exchange, open, 404, fields)
    return
  }
  await open.close()
  exchange.sendReady(404, [...fields, 'content-length', String(open.entry.contentLength)], open.bytes ?? '')
}

function refusal(status: number, text: string, cause: unknown): HttpError {
  return new HttpError(status, text, { headers: PAGE_FIELDS, cause })
}

function fieldValue(fields: readonly string[], name: string): string | undefined {
  const index = fields.indexOf(name)
  return index < 0 ? undefined : fields[index + 1]
}
