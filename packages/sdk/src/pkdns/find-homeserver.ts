import type { PublicKey } from '@pubky/crypto'
import { homeserverOf, type Resolver } from '@pubky/pkarr'
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
