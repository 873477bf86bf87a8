import type { Keypair, PublicKey } from '@pubky/crypto'
import { editRecords, homeserverOf, type PkarrClient, PkarrError, withHomeserver } from '@pubky/pkarr'
import type { Client } from '../client.ts'
import { backoffDelay } from '../http/backoff.ts'
import { sleep } from '../http/sleep.ts'
import { pkarrFailure } from './pkarr-failure.ts'
import { publisherOf } from './publisher.ts'

/** `force`: always; `if-stale`: only when the record is missing or older than an hour. */
export type PublishMode = 'force' | 'if-stale'

const STALE_AFTER_MICROSECONDS = 3_600_000_000n
const ATTEMPTS = 3

/**
 * Publishes the record by which a user names a homeserver, keeping all other records of the key (spec 05 §5). Without
 * an override the record keeps its target; a user without a record is left alone. Throws `PkarrError`.
 */
export async function publishHomeserver(
  client: Client,
  user: Keypair,
  mode: PublishMode,
  override: PublicKey | undefined,
): Promise<void> {
  const { signal } = client.core
  const pkarr = publisherOf(client)
  for (let attempt = 1; ; attempt++) {
    try {
      await publishOnce(pkarr, user, mode, override, signal)
      client.core.forgetPlaces()
      return
    } catch (thrown) {
      if (!isWorthAnotherTry(thrown) || attempt === ATTEMPTS)
        throw pkarrFailure('Failed to publish record to the DHT', thrown)
      await sleep(backoffDelay(attempt), signal)
    }
  }
}

async function publishOnce(
  pkarr: PkarrClient,
  user: Keypair,
  mode: PublishMode,
  override: PublicKey | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  await editRecords(
    pkarr,
    user,
    (records, previous) => {
      const homeserver = override ?? (previous && homeserverOf(previous))
      if (homeserver === undefined) return undefined
      if (mode === 'if-stale' && previous !== undefined && !isStale(previous.timestamp)) return undefined
      return withHomeserver(records, user.publicKey, homeserver)
    },
    // Nobody answering for a new key is the ordinary case at sign-up.
    { unreadable: 'use-cache', ...(signal && { signal }) },
  )
}

function isStale(timestamp: bigint): boolean {
  return BigInt(Date.now()) * 1000n - timestamp > STALE_AFTER_MICROSECONDS
}

/** A record that is wrong stays wrong; a network that does not answer may do so in a moment. */
function isWorthAnotherTry(thrown: unknown): boolean {
  return thrown instanceof PkarrError && thrown.code !== 'invalid-homeserver' && thrown.code !== 'packet-too-large'
}
