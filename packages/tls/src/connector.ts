import type { PublicKey } from '@pubky/crypto'
import { connect } from './connect.ts'
import { TlsError } from './errors.ts'
import type { TlsSocket } from './tls-socket.ts'

/** Time for connecting TCP while other targets are left, in ms (spec 04 §5.3). */
export const TARGET_CONNECT_TIMEOUT = 1500

/** One place where a host can be reached, with the keys of which its server must prove one. */
export interface ConnectTarget {
  readonly host: string
  readonly port: number
  readonly serverKey: PublicKey | readonly PublicKey[]
}

/** Finds where `hostname` (`_pubky.<z32>` or `<z32>`) is served, best first; from Pkarr as a rule. */
export type TargetLookup = (hostname: string) => Promise<readonly ConnectTarget[]>

/** What an HTTP client says about the connection it wants; `http.Agent` gives `host`, undici `hostname`. */
export interface ConnectorOptions {
  readonly hostname?: string | null
  readonly host?: string | null
}

export type Connector = (
  options: ConnectorOptions,
  callback: (...outcome: [error: null, socket: TlsSocket] | [error: Error, socket: null]) => void,
) => void

/**
 * A connector for HTTP clients: `new undici.Agent({ connect: createConnector(lookup) })` for `fetch`, or
 * `agent.createConnection` of an `http.Agent`. SNI is the host name asked for. Targets are tried in turn; the error is
 * that of the last.
 */
export function createConnector(lookup: TargetLookup): Connector {
  return ({ hostname, host }, callback) => {
    connectAny(hostname ?? host ?? '', lookup).then(
      (socket) => callback(null, socket),
      (error: unknown) =>
        callback(
          error instanceof Error ? error : new TlsError('connect-failed', 'lookup failed', { cause: error }),
          null,
        ),
    )
  }
}

async function connectAny(servername: string, lookup: TargetLookup): Promise<TlsSocket> {
  const targets = await lookup(servername)
  let failure: unknown = new TlsError('connect-failed', `no endpoint known for ${servername}`)
  for (const [index, target] of targets.entries()) {
    const isLast = index === targets.length - 1
    try {
      return await connect({ ...target, servername, ...(!isLast && { connectTimeout: TARGET_CONNECT_TIMEOUT }) })
    } catch (error) {
      failure = error
    }
  }
  throw failure
}
