import { Client } from '../client.ts'
import { authenticationError } from '../errors/create.ts'
import { Freeable } from '../freeable.ts'
import type { Keypair } from '../keys/keypair.ts'
import { innerKey, PublicKey } from '../keys/public-key.ts'
import { findHomeserver } from './find-homeserver.ts'
import type { PublishMode } from './publish-homeserver.ts'

/** Reads and publishes the records by which users name their homeservers (spec 05 §2.11, §5). */
export class Pkdns extends Freeable {
  readonly #client: Client
  readonly #keypair: Keypair | undefined

  /**
   * @param client a mainnet client when absent
   * @param keypair whose record may be published; none means read-only
   */
  constructor(client: Client = new Client(), keypair?: Keypair) {
    super()
    this.#client = client
    this.#keypair = keypair
  }

  /** One that may publish this keypair's record, on the main network. */
  static fromKeypair(keypair: Keypair): Pkdns {
    return new Pkdns(new Client(), keypair)
  }

  /** A user's homeserver; undefined without a record. Rejects with `PkarrError` when that cannot be found out. */
  async getHomeserverOf(user: PublicKey): Promise<PublicKey | undefined> {
    const key = await findHomeserver(this.#client.pkarr, innerKey(user), this.#client.core.signal)
    return key && new PublicKey(key)
  }

  /** This keypair's homeserver. Rejects with `AuthenticationError` without a keypair. */
  async getHomeserver(): Promise<PublicKey | undefined> {
    return await this.getHomeserverOf(this.#requireKeypair().publicKey)
  }

  /** Publishes the record now. @param hostOverride the new homeserver; the present one when absent */
  async publishHomeserverForce(hostOverride?: PublicKey | null): Promise<void> {
    await this.#publish('force', hostOverride)
  }

  /** Publishes the record if it is missing or older than an hour. */
  async publishHomeserverIfStale(hostOverride?: PublicKey | null): Promise<void> {
    await this.#publish('if-stale', hostOverride)
  }

  async #publish(mode: PublishMode, override: PublicKey | null | undefined): Promise<void> {
    const keypair = this.#requireKeypair().inner
    const { publishHomeserver } = await import('../later.ts')
    await publishHomeserver(this.#client, keypair, mode, override?.inner)
  }

  #requireKeypair(): Keypair {
    if (this.#keypair !== undefined) return this.#keypair
    throw authenticationError('this needs a keypair; use Pkdns.fromKeypair')
  }
}
