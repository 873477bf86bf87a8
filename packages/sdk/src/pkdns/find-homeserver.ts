import type { PublicKey } from '@pubky/crypto'
import { homeserverOf, PkarrError, type Resolver } from '@pubky/pkarr'
import type { Client } from '../client.ts'
import { pkarrFailure } from './pkarr-failure.ts'

/**
 * The homeserver a user's record names; undefined when there is no record or none at `_pubky`. Throws `PkarrError`
 * when that cannot be found out or the target is no key (spec 05 §2.5).
 */
export async function findHomeserver(
  pkarr: Resolver,
  user: PublicKey,
  signal?: AbortSignal,
): Promise<PublicKey | undefined> {
  try {
    const packet = await pkarr.resolve(user, { policy: 'CacheFirst', signal })
    return packet && homeserverOf(packet)
  } catch (thrown) {
    throw pkarrFailure('Failed to resolve the DHT record', thrown)
  }
}

/**
 * As {@link findHomeserver} for those who are about to give a user one: silence counts as a new key, as in test networks,
 * whose relays say so of keys they do not know. Whatever else goes wrong may hide a record that must not be replaced.
 */
export async function findPresentHomeserver(client: Client, user: PublicKey): Promise<PublicKey | undefined> {
  try {
    return await findHomeserver(client.pkarr, user, client.core.signal)
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown.cause : undefined
    if (cause instanceof PkarrError && (cause.code === 'no-responses' || cause.code === 'no-nodes')) return undefined
    throw thrown
  }
}
