import type { PublicKey } from '@pubky/crypto'
import type { PkarrClient, ResolvePolicy, SignedPacket } from '@pubky/pkarr'
import { lookupRefusal } from './failures.ts'
import { Refusal } from './refusal.ts'

/** Look-ups in the network at one time; each takes memory and up to a few hundred datagrams. */
const MAX_LOOKUPS = 2_000

/** Looks keys up in the network, as many at a time as it can bear. */
export class Lookups {
  readonly #client: PkarrClient
  readonly #onDone: (seconds: number) => void
  #running = 0

  constructor(client: PkarrClient, onDone: (seconds: number) => void) {
    this.#client = client
    this.#onDone = onDone
  }

  get running(): number {
    return this.#running
  }

  /** @throws {Refusal} 503 or 404 with the official text; 503 when too many run */
  async resolve(key: PublicKey, policy: ResolvePolicy): Promise<SignedPacket | undefined> {
    if (this.#running >= MAX_LOOKUPS) throw new Refusal(503, 'Too many look-ups at once', { 'retry-after': '1' })
    this.#running += 1
    const start = performance.now()
    try {
      return await this.#client.resolve(key, { policy })
    } catch (error) {
      throw lookupRefusal(error)
    } finally {
      this.#running -= 1
      this.#onDone((performance.now() - start) / 1000)
    }
  }
}
