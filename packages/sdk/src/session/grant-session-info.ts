import { PublicKey as CryptoPublicKey } from '@pubky/crypto'
import type { GrantSessionInfo as Json } from '@pubky/protocol'
import { jsonDecodeError } from '../errors/create.ts'
import { Freeable } from '../freeable.ts'
import { PublicKey } from '../keys/public-key.ts'

/** What a homeserver says about a grant session. Times are Unix seconds. */
export class GrantSessionInfo extends Freeable {
  readonly #json: Json
  readonly #homeserver: PublicKey
  readonly #publicKey: PublicKey

  /** @internal Throws `RequestError` when a key in it is none. */
  constructor(json: Json) {
    super()
    this.#json = json
    this.#homeserver = keyMember(json.homeserver, 'homeserver')
    this.#publicKey = keyMember(json.pubky, 'pubky')
  }

  /** Who issued the session. */
  get homeserver(): PublicKey {
    return this.#homeserver
  }

  /** The user. */
  get publicKey(): PublicKey {
    return this.#publicKey
  }

  /** The app. */
  get clientId(): string {
    return this.#json.client_id
  }

  /** Such as `/pub/app.example/:rw`. */
  get capabilities(): string[] {
    return [...this.#json.capabilities]
  }

  /** Names the grant; treat it as confidential. */
  get grantId(): string {
    return this.#json.grant_id
  }

  /** When the present bearer ends, Unix seconds; it is renewed by itself. */
  get tokenExpiresAt(): number {
    return this.#json.token_expires_at
  }

  /** When the app has to ask again, Unix seconds. */
  get grantExpiresAt(): number {
    return this.#json.grant_expires_at
  }

  /** Unix seconds. */
  get createdAt(): number {
    return this.#json.created_at
  }
}

function keyMember(text: string, name: string): PublicKey {
  try {
    return new PublicKey(CryptoPublicKey.fromZ32(text))
  } catch (cause) {
    throw jsonDecodeError(`\`${name}\` is not a public key`, cause)
  }
}
