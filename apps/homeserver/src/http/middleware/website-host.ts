import type { ClientExchange, WebsiteTarget } from '../client/client-exchange.ts'
import { HttpError } from '../kernel/http-error.ts'
import { isVisibleAscii } from '../kernel/wire.ts'
import { decodeStoragePath } from './decode-path.ts'
import type { KeyTexts } from './key-texts.ts'

/** First path segments that mean the API on every host (spec 02 §10.13.1). */
const RESERVED = new Set([
  ...['auth', 'events', 'events-stream', 'info', 'priv', 'pub', 'session', 'signup', 'signup_tokens', 'storage'],
])
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const MAX_PATH_BYTES = 972

/** Which site a host names: its owner and the folder, `_` without a label. */
export interface Site {
  readonly owner: string
  readonly label: string
}

/**
 * Stage 2b: whether a request asks for a page of a website. Its owner then is the tenant.
 *
 * @param homeserver the server's own key, which is no site
 * @throws HttpError 400 for a path that no site can have
 */
export function classifyWebsite(exchange: ClientExchange, keys: KeyTexts, homeserver: string): void {
  if (exchange.method !== 'GET' && !exchange.isHead) return
  const { host, path } = exchange
  // A key alone has 52 characters: most hosts are told apart by their length.
  if (host === undefined || host.length < 52 || RESERVED.has(path.slice(1).split('/', 1)[0] ?? '')) return
  const site = siteOfHost(host, keys, homeserver)
  if (site === undefined) return
  exchange.website = websiteTarget(site, path)
  exchange.tenant = site.owner
  exchange.target = undefined
}

/** The site of a `Host`, read strictly: only a bare canonical key, with at most one DNS label before it. */
export function siteOfHost(host: string, keys: KeyTexts, homeserver: string): Site | undefined {
  if (!isVisibleAscii(host)) return undefined
  const [withoutPort = ''] = host.toLowerCase().split(':', 1)
  const name = withoutPort.endsWith('.') ? withoutPort.slice(0, -1) : withoutPort
  const dot = name.lastIndexOf('.')
  const label = dot < 0 ? '_' : name.slice(0, dot)
  const owner = name.slice(dot + 1)
  if (dot >= 0 && !LABEL.test(label)) return undefined
  if (owner === homeserver || !keys.isCanonical(owner)) return undefined
  return { owner, label }
}

function websiteTarget(site: Site, rawPath: string): WebsiteTarget {
  const decoded = decodeStoragePath(rawPath)
  if (!('path' in decoded)) {
    const { refusal, cause } = decoded
    const text = refusal === undefined ? 'Website path is not valid UTF-8' : `Invalid website path: ${refusal}`
    throw new HttpError(400, text, { cause })
  }
  const sitePath = decoded.path
  const file = `/pub/website/${site.label}${sitePath}${sitePath.endsWith('/') ? 'index.html' : ''}`
  const bytes = Buffer.byteLength(file)
  if (bytes > MAX_PATH_BYTES) {
    throw new HttpError(400, `Invalid website path: path is ${bytes} bytes; maximum is ${MAX_PATH_BYTES}`)
  }
  return { ...site, sitePath, file }
}
