import { PkarrClient, type PkarrResolver, relayTransport } from '@pubky/pkarr'
import type { Client } from '../client.ts'
import { clientStateError } from '../errors/client-state.ts'

/** Made when somebody publishes, so that pages which only read do not load what it takes. */
const publishers = new WeakMap<PkarrResolver, PkarrClient>()

/** What publishes records for a client; what it publishes, the client knows at once. */
export function publisherOf({ pkarr, relays }: Client): PkarrClient {
  if (pkarr instanceof PkarrClient) return pkarr
  const known = publishers.get(pkarr)
  if (known !== undefined) return known
  if (relays === undefined) throw clientStateError('this client cannot publish')
  const { urls, timeoutMs, cache } = relays
  const publisher = new PkarrClient({ transports: [relayTransport(urls, { timeoutMs })], cache })
  publishers.set(pkarr, publisher)
  return publisher
}
