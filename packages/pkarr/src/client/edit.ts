import type { Keypair } from '@pubky/crypto'
import type { DnsRecord } from '../dns/record.ts'
import { PkarrError } from '../error.ts'
import { signPacket } from '../packet/sign-packet.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'
import type { PkarrClient } from './pkarr-client.ts'

/** How often an edit is tried when another device publishes at the same time (spec 04 §3.5). */
const EDIT_ATTEMPTS = 3

/** Options of {@link editRecords}. */
export interface EditOptions {
  /**
   * What to do when nobody can tell which records the key has: `fail`, or go on with those in the cache, which for a
   * new key is right and for an old one may lose records of other apps. Default `fail`.
   */
  readonly unreadable?: 'fail' | 'use-cache'
  readonly signal?: AbortSignal | undefined
}

/**
 * The more recent of what the network and the cache have for a key, or `undefined`.
 * @throws {PkarrError} as `Resolver.resolve`
 */
export async function mostRecent(
  client: PkarrClient,
  key: Keypair['publicKey'],
  signal?: AbortSignal,
): Promise<SignedPacket | undefined> {
  const cached = client.cached(key)
  const found = await client.resolve(key, { policy: 'NetworkOnly', signal })
  return cached !== undefined && (found === undefined || cached.isMoreRecentThan(found)) ? cached : found
}

/**
 * Reads the records of one's own key, changes them and publishes the result, again from the start when somebody else
 * published in between.
 *
 * @param change gets the records as they are, gives those to publish, or `undefined` to leave all as it is
 * @returns the published packet, or `undefined` if nothing was to be done
 * @throws {PkarrError} as `Resolver.resolve`, `signPacket` and `PkarrClient.publish`
 */
export async function editRecords(
  client: PkarrClient,
  keypair: Keypair,
  change: (records: readonly DnsRecord[], previous: SignedPacket | undefined) => readonly DnsRecord[] | undefined,
  options: EditOptions = {},
): Promise<SignedPacket | undefined> {
  const { signal } = options
  for (let attempt = 1; ; attempt += 1) {
    const previous = await readForEdit(client, keypair, options)
    const records = change(previous?.answers ?? [], previous)
    if (records === undefined) return undefined
    const packet = signPacket({ keypair, records, ...laterThan(previous) })
    try {
      await client.publish(packet, { signal })
      return packet
    } catch (error) {
      const isRetryable = error instanceof PkarrError && error.code === 'not-most-recent'
      if (!isRetryable || attempt === EDIT_ATTEMPTS) throw error
    }
  }
}

async function readForEdit(
  client: PkarrClient,
  keypair: Keypair,
  options: EditOptions,
): Promise<SignedPacket | undefined> {
  try {
    return await mostRecent(client, keypair.publicKey, options.signal)
  } catch (error) {
    // An item that is no packet holds nothing to keep; a later packet replaces it.
    const isGarbage = error instanceof PkarrError && error.code === 'invalid-signed-packet'
    if (!(error instanceof PkarrError) || (options.unreadable !== 'use-cache' && !isGarbage)) throw error
    return client.cached(keypair.publicKey)
  }
}

/** Another device's clock may run ahead of ours; what replaces its packet must still be later. */
function laterThan(previous: SignedPacket | undefined): { timestamp?: bigint } {
  if (previous === undefined) return {}
  const now = BigInt(Date.now()) * 1000n
  return previous.timestamp < now ? {} : { timestamp: previous.timestamp + 1n }
}
