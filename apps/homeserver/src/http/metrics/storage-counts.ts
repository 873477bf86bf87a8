import type { ClientExchange } from '../client/client-exchange.ts'
import type { KeyTexts } from '../middleware/key-texts.ts'
import { queryHosts } from '../middleware/tenant.ts'

/** One label set of `storage_request_count_total`. */
export interface StorageCell {
  readonly labels: Readonly<Record<StorageLabel, string>>
  count: number
}

/** In alphabetical order, with room for the scope, as upstream prints them. */
export type StorageLabel =
  | 'addressing_mode'
  | 'auth_method'
  | 'otel_scope_name'
  | 'pubky_host_header'
  | 'pubky_host_query'

const MODES = ['path', 'legacy']
const AUTH_METHODS = ['none', 'cookie', 'grant']
const HOST_HEADERS = ['absent', 'matching', 'other']
const HOST_QUERIES = ['false', 'true']

/**
 * Counts storage requests by how they were addressed and authenticated (spec 02 §15), by index and not by name: it is
 * on every request's way. No label says who or what.
 */
export class StorageCounts {
  readonly cells: readonly StorageCell[]

  /** @param scope value of `otel_scope_name` */
  constructor(scope: string) {
    this.cells = MODES.flatMap((addressing_mode) =>
      AUTH_METHODS.flatMap((auth_method) =>
        HOST_HEADERS.flatMap((pubky_host_header) =>
          HOST_QUERIES.map((pubky_host_query) => ({
            labels: { addressing_mode, auth_method, otel_scope_name: scope, pubky_host_header, pubky_host_query },
            count: 0,
          })),
        ),
      ),
    )
  }

  /** Counts a request that reached a storage route; one without a tenant does not count. */
  add(exchange: ClientExchange, keys: KeyTexts): void {
    if (exchange.tenant === undefined) return
    const mode = exchange.target === undefined ? 1 : 0
    const auth = exchange.session === undefined ? 0 : exchange.session.kind === 'cookie' ? 1 : 2
    const query = queryHosts(exchange.query).length > 0 ? 1 : 0
    const cell = this.cells[((mode * 3 + auth) * 3 + hostHeader(exchange, keys)) * 2 + query]
    if (cell !== undefined) cell.count++
  }
}

/** Index into {@link HOST_HEADERS}. */
function hostHeader(exchange: ClientExchange, keys: KeyTexts): number {
  const text = exchange.header('pubky-host')
  if (text === undefined) return 0
  return keys.fromAddress(text) === exchange.tenant ? 1 : 2
}
