import type { ClientExchange, StorageTarget } from '../client/client-exchange.ts'
import { HttpError } from '../kernel/http-error.ts'
import { isVisibleAscii } from '../kernel/wire.ts'
import { decodeStoragePath } from './decode-path.ts'
import type { KeyTexts } from './key-texts.ts'

const PREFIX = '/storage/'
/** Looking whether a text is a key costs more than the rest of a request: nobody names more hosts than this. */
const MAX_QUERY_HOSTS = 10

/**
 * Stage 2: whose storage a request addresses, from the raw path, the hosts or the query (spec 02 §5).
 * @throws HttpError 400 for a malformed `/storage…` URL
 */
export function resolveTenant(exchange: ClientExchange, keys: KeyTexts): void {
  const { path } = exchange
  if (path === '/storage' || path.startsWith(PREFIX)) {
    const target = pathAddressed(path, keys)
    exchange.target = target
    exchange.tenant = target.owner
  } else {
    exchange.tenant = legacyTenant(exchange, keys)
  }
}

function pathAddressed(path: string, keys: KeyTexts): StorageTarget {
  if (path.length <= PREFIX.length) throw new HttpError(400, 'Missing storage owner or path')
  const slash = path.indexOf('/', PREFIX.length)
  if (slash < 0 || slash === path.length - 1) throw new HttpError(400, 'Missing storage path')
  const owner = path.slice(PREFIX.length, slash)
  if (!keys.isCanonical(owner)) throw new HttpError(400, 'Invalid storage owner public key')
  const decoded = decodeStoragePath(path.slice(slash))
  if ('path' in decoded) return { owner, path: decoded.path }
  const { refusal, cause } = decoded
  const text = refusal === undefined ? 'Storage path is not valid UTF-8' : `Invalid storage path: ${refusal}`
  throw new HttpError(400, text, { cause })
}

/** A readable `pubky-host` header beats `Host`, which beats the query; unreadable ones are passed over (spec 02 §5.2). */
function legacyTenant(exchange: ClientExchange, keys: KeyTexts): string | undefined {
  const key = keyOf(exchange.header('pubky-host'), keys) ?? keyOf(exchange.host, keys)
  if (key !== undefined) return key
  for (const value of queryHosts(exchange.query).slice(0, MAX_QUERY_HOSTS)) {
    const named = keyOf(value, keys)
    if (named !== undefined) return named
  }
  return undefined
}

function keyOf(text: string | undefined, keys: KeyTexts): string | undefined {
  return text === undefined || !isVisibleAscii(text) ? undefined : keys.fromAddress(text)
}

/** Raw values of the query parameter `pubky-host`, not decoded. */
export function queryHosts(query: string): readonly string[] {
  if (!query.includes('pubky-host')) return []
  return query
    .split('&')
    .filter((pair) => pair.startsWith('pubky-host=') || pair === 'pubky-host')
    .map((pair) => pair.slice('pubky-host='.length))
}

/**
 * The file or folder of a storage request in either addressing. The legacy form is checked here, where the handler
 * asks for it, because upstream checks it after the session (spec 02 §10).
 * @throws HttpError 400 `Missing request tenant`, `Invalid URL: …`
 */
export function storageTarget(exchange: ClientExchange): StorageTarget {
  if (exchange.target !== undefined) return exchange.target
  const owner = requireTenant(exchange)
  const decoded = decodeStoragePath(exchange.path)
  if ('path' in decoded) return { owner, path: decoded.path }
  const { refusal, cause } = decoded
  throw new HttpError(400, `Invalid URL: ${refusal ?? 'Invalid UTF-8 in `path`'}`, { cause })
}

/** The tenant. @throws HttpError 400 `Missing request tenant` */
export function requireTenant(exchange: ClientExchange): string {
  if (exchange.tenant === undefined) throw new HttpError(400, 'Missing request tenant')
  return exchange.tenant
}
