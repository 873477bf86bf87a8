import type { PublicKey } from '@pubky/crypto'
import { PkarrError } from '../error.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'
import type { PkarrClient } from './pkarr-client.ts'

/** A publish that reached fewer DHT nodes does not keep a record alive (spec 03 §11). */
export const MINIMUM_STORED_NODES = 10
/** Tries in all; only what may pass by itself is tried again. */
export const REPUBLISH_ATTEMPTS = 4
const BASE_DELAY_MS = 200
const MAX_DELAY_MS = 5_000

/** What came of one key. */
export type RepublishOutcome =
  | { readonly kind: 'published'; readonly packet: SignedPacket; readonly storedNodes: number }
  /** `isWanted` said no: the key's owner has moved on. */
  | { readonly kind: 'skipped'; readonly packet: SignedPacket }
  /** Neither the network nor we have a packet. */
  | { readonly kind: 'missing' }
  /** The newest item of the key is no packet; only its owner can repair that. */
  | { readonly kind: 'invalid'; readonly seq: bigint | undefined }
  | { readonly kind: 'failed'; readonly error: PkarrError }

/** Options of {@link republish}. */
export interface RepublishOptions {
  /** A packet kept from earlier, in case the network has lost it. */
  readonly stored?: SignedPacket | undefined
  /** Whether this packet is to be kept alive. Default: every one. */
  readonly isWanted?: (packet: SignedPacket) => boolean
  /** Default {@link MINIMUM_STORED_NODES}. */
  readonly minimumStoredNodes?: number
  readonly signal: AbortSignal
  readonly random?: () => number
}

/**
 * Sends a key's newest packet to the network again, unchanged, because DHT nodes forget it after about two hours. The
 * network is always read first, so that an old packet never competes with a newer one (spec 03 §11, 04 §3.5).
 *
 * @throws the reason of `signal`, and nothing else
 */
export async function republish(
  client: PkarrClient,
  key: PublicKey,
  options: RepublishOptions,
): Promise<RepublishOutcome> {
  const random = options.random ?? Math.random
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptRepublish(client, key, options)
    } catch (error) {
      options.signal.throwIfAborted()
      const failure =
        error instanceof PkarrError ? error : new PkarrError('unexpected-responses', String(error), { cause: error })
      if (attempt === REPUBLISH_ATTEMPTS) return { kind: 'failed', error: failure }
      const delay = BASE_DELAY_MS * 2 ** (attempt - 1)
      await pause(Math.min(MAX_DELAY_MS, delay + random() * delay), options.signal)
    }
  }
}

async function attemptRepublish(
  client: PkarrClient,
  key: PublicKey,
  options: RepublishOptions,
): Promise<RepublishOutcome> {
  const { signal, stored, isWanted = () => true, minimumStoredNodes = MINIMUM_STORED_NODES } = options
  const ours = newer(stored, client.cached(key))
  let found: SignedPacket | undefined
  try {
    found = await client.resolve(key, { policy: 'NetworkOnly', signal })
  } catch (error) {
    if (!(error instanceof PkarrError) || error.code !== 'invalid-signed-packet') throw error
    const isCovered = ours !== undefined && error.seq !== undefined && error.seq <= ours.timestamp
    if (!isCovered) return { kind: 'invalid', seq: error.seq }
  }
  const packet = newer(found, ours)
  if (packet === undefined) return { kind: 'missing' }
  if (!isWanted(packet)) return { kind: 'skipped', packet }
  const { storedNodes } = await client.publish(packet, { signal })
  if (storedNodes < minimumStoredNodes) {
    throw new PkarrError(
      'no-responses',
      `only ${storedNodes} DHT nodes stored the packet, ${minimumStoredNodes} are needed`,
    )
  }
  return { kind: 'published', packet, storedNodes }
}

function newer(a: SignedPacket | undefined, b: SignedPacket | undefined): SignedPacket | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return b.isMoreRecentThan(a) ? b : a
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      signal.removeEventListener('abort', abort)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    const abort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort, { once: true })
  })
}
