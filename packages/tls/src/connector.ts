import { Agent, type AgentOptions } from 'node:http'
import type { Socket } from 'node:net'
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

/** Opens a connection and tells the outcome: the socket, or why there is none. */
export type Connector = (
  options: ConnectorOptions,
  callback: (...outcome: [error: null, socket: Socket] | [error: Error, socket: null]) => void,
) => void

/**
 * A connector for undici, and so for `fetch`: `new Agent({ connect: createConnector(lookup) })`. SNI is the host name
 * asked for. Targets are tried in turn; the error is that of the last.
 */
export function createConnector(lookup: TargetLookup): Connector {
  return ({ hostname, host }, callback) => {
    connectAny(hostname ?? host ?? '', lookup).then(
      // HTTP clients say net.Socket and use of it only what a TlsSocket has.
      (socket) => callback(null, socket as unknown as Socket),
      (error: unknown) => callback(asError(error), null),
    )
  }
}

/** An agent for `http.request`, with the same targets. Keeps connections unless told otherwise. */
export function createAgent(lookup: TargetLookup, options: AgentOptions = {}): Agent {
  const connector = createConnector(lookup)
  return Object.assign(new Agent({ keepAlive: true, ...options }), { createConnection: connector })
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

function asError(error: unknown): Error {
  return error instanceof Error ? error : new TlsError('connect-failed', 'lookup failed', { cause: error })
}
