import { ContentKeyBundle, ProtocolError, parseCapabilities, parseStoragePath, verifyApproval } from '@pubky/protocol'
import { clientStateError } from '../errors/client-state.ts'
import { authenticationError, invalidInput, messageOf } from '../errors/create.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { Freeable } from '../freeable.ts'
import type { Keypair } from '../keys/keypair.ts'
import { PublicKey } from '../keys/public-key.ts'

/** `CryptoKey`, also for programs whose types do not know that name. */
type WebCryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** What the official content-key rules refuse; in `data.code` of the error. */
export type ContentKeyErrorCode = 'directory-path' | 'outside-scope'

/** Keys found in a stored credential, with what the caller must compare before using them (spec 01 §15.5). */
export interface RestoredEncryptionKeys {
  readonly publicKey: PublicKey
  readonly grantId: string
  readonly clientId: string
  readonly keys: ScopedEncryptionKeys
}

/**
 * The content keys a user approved: for every file under some scopes the same 32 bytes on every device and in every
 * app that was given the scope (spec 05 §16). They say nothing about how to encrypt; `EncryptedStorage` does.
 */
export class ScopedEncryptionKeys extends Freeable {
  readonly #bundle: ContentKeyBundle

  /** @internal Comes with a session, or use the static methods. */
  constructor(bundle: ContentKeyBundle) {
    super()
    this.#bundle = bundle
  }

  /**
   * The keys of scopes such as `/pub/notes.example/`, for a program that holds the user's seed. Throws `InvalidInput`
   * for a scope that is no canonical path.
   */
  static fromKeypair(keypair: Keypair, scopes: readonly string[]): ScopedEncryptionKeys {
    try {
      const capabilities = parseCapabilities(scopes.map((scope) => `${scope}:e`).join(','))
      return new ScopedEncryptionKeys(ContentKeyBundle.issue(keypair.secret(), capabilities))
    } catch (cause) {
      throw invalidInput(messageOf(cause), cause)
    }
  }

  /**
   * Recovers the keys inside an exported grant secret without any network, also after the grant has ended; undefined
   * when the session had none. Compare `publicKey` and `grantId` with the session you expect before using them.
   * Throws `AuthenticationError` for a text that is damaged.
   */
  static restore(token: string): RestoredEncryptionKeys | undefined {
    const [prefix, , , grantJws, approvalJws] = token.split(':')
    if (prefix === 'pubky-grant-credential-v1') return undefined
    if (prefix !== 'pubky-grant-credential-v2' || approvalJws === undefined) {
      throw authenticationError('unsupported grant credential token version')
    }
    try {
      const { grant, keys } = verifyApproval(approvalJws)
      if (grant.jws !== grantJws) throw authenticationError('stored approval does not match the stored grant')
      return {
        publicKey: new PublicKey(grant.issuer),
        grantId: grant.grantId,
        clientId: grant.clientId,
        keys: new ScopedEncryptionKeys(keys),
      }
    } catch (cause) {
      if (cause instanceof PubkyError) throw cause
      throw authenticationError(messageOf(cause), cause)
    }
  }

  /** The keys alone of {@link restore}: the official name. */
  static fromLocalSecret(token: string): ScopedEncryptionKeys | undefined {
    return ScopedEncryptionKeys.restore(token)?.keys
  }

  /** The scopes as approved; they may be narrower than asked for, and none at all. */
  get scopes(): string[] {
    return this.#bundle.scopes
  }

  /**
   * The content key of a file, 32 bytes.
   * @param path absolute and decoded, exactly as the file is stored
   * Throws `InvalidInput` with `data.code` `directory-path` or `outside-scope`.
   */
  deriveForPath(path: string): Uint8Array {
    try {
      return this.#bundle.deriveForPath(parseStoragePath(path))
    } catch (cause) {
      throw new PubkyError('InvalidInput', messageOf(cause), { data: { code: codeOf(cause) }, cause })
    }
  }

  /**
   * The content key of a file as a WebCrypto key for AES-GCM that cannot be exported. Throws as {@link deriveForPath},
   * and `ClientStateError` without WebCrypto.
   */
  async deriveCryptoKeyForPath(path: string): Promise<WebCryptoKey> {
    const key = new Uint8Array(this.deriveForPath(path))
    try {
      return await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt'])
    } catch (cause) {
      throw clientStateError(`WebCrypto is unavailable; use a secure context: ${messageOf(cause)}`, cause)
    } finally {
      key.fill(0)
    }
  }

  /** Overwrites the secrets; no key can be derived afterwards. */
  override free(): void {
    this.#bundle.wipe()
  }

  /** @internal */
  get bundle(): ContentKeyBundle {
    return this.#bundle
  }
}

function codeOf(cause: unknown): ContentKeyErrorCode | 'invalid-path' {
  if (!(cause instanceof ProtocolError)) return 'invalid-path'
  if (cause.code === 'content-key-directory') return 'directory-path'
  return cause.code === 'content-key-not-covered' ? 'outside-scope' : 'invalid-path'
}
