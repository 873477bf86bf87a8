import { connect } from 'node:net'
import type { PublicKey } from '@pubky/crypto'
import { type Endpoint, endpointAddresses, type PkarrClient, resolveEndpoints } from '@pubky/pkarr'
import type { ConnectTarget } from '@pubky/tls'

/** Milliseconds to find out whether a homeserver's own door is open (spec 05 §4.3). */
const PROBE_TIMEOUT_MS = 1_500
/** Milliseconds for which the way to a host is believed. */
export const REACH_LIFETIME_MS = 60_000

/** The way to a host: its own door, or the endpoint that has a domain. */
export type Reach =
  | { readonly kind: 'pubky'; readonly targets: readonly ConnectTarget[]; readonly serverKey: PublicKey }
  | { readonly kind: 'icann'; readonly endpoint: Endpoint; readonly domain: string }
  | { readonly kind: 'none' }

/** Reads all endpoints of a host and decides which way to take (spec 05 §4.3). */
export async function findReach(pkarr: PkarrClient, hostname: string, signal?: AbortSignal): Promise<Reach> {
  const targets: ConnectTarget[] = []
  let icann: Reach | undefined
  for await (const endpoint of resolveEndpoints(pkarr, hostname, signal && { signal })) {
    const { domain, port, publicKey } = endpoint
    if (domain !== undefined) icann ??= { kind: 'icann', endpoint, domain }
    else if (port !== undefined) {
      targets.push(...endpointAddresses(endpoint).map((host) => ({ host, port, serverKey: publicKey })))
    }
  }
  const serverKey = targets[0]?.serverKey
  if (serverKey === undefined || Array.isArray(serverKey) || !('bytes' in serverKey)) return icann ?? { kind: 'none' }
  if (icann === undefined || (await anyOpen(targets, signal))) return { kind: 'pubky', targets, serverKey }
  return icann
}

async function anyOpen(targets: readonly ConnectTarget[], signal: AbortSignal | undefined): Promise<boolean> {
  return await Promise.any(targets.map((target) => probe(target, signal))).then(
    () => true,
    () => false,
  )
}

function probe({ host, port }: ConnectTarget, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const finish = (done: () => void): void => {
      socket.destroy()
      signal?.removeEventListener('abort', onAbort)
      done()
    }
    const onAbort = (): void => finish(() => reject(signal?.reason))
    socket.setTimeout(PROBE_TIMEOUT_MS, () => finish(() => reject(new Error('timeout'))))
    socket.once('connect', () => finish(resolve))
    socket.on('error', (error) => finish(() => reject(error)))
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
