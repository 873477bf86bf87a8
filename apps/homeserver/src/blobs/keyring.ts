import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { HomeserverError } from '../error.ts'
import type { WrappedUserKey } from '../store/store.ts'
import type { DataKey } from './data-key.ts'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32
const ROOT_KEY_ID_BYTES = 8

/**
 * The keys under the root key (spec 03 §16.3): it wraps the users' data keys, and through the server key it seals and
 * looks up stored credentials. The root key itself is never stored with the data.
 */
export class Keyring {
  /** First 8 bytes of the root key's hash: tells a wrong key apart before anything is read with it. */
  readonly rootKeyId: Uint8Array
  readonly #rootKey: KeyObject
  readonly #credentialKey: KeyObject
  readonly #indexKey: KeyObject

  /** @param rootKey 32 bytes @param installId 16 bytes of the store */
  constructor(rootKey: Uint8Array, installId: Uint8Array) {
    this.rootKeyId = rootKeyId(rootKey)
    this.#rootKey = createSecretKey(rootKey)
    const serverKey = derive(this.#rootKey, installId, 'server/v1')
    this.#credentialKey = derive(serverKey, new Uint8Array(), 'credential/v1')
    this.#indexKey = derive(serverKey, new Uint8Array(), 'index/v1')
  }

  /** A random data key for a new account, and its wrapping. @param user public key, 32 bytes */
  createUserKey(user: Uint8Array): WrappedUserKey {
    const generation = 1
    const wrapped = seal(this.#rootKey, randomBytes(KEY_BYTES), this.#wrapContext(user, generation))
    return { generation, rootKeyId: this.rootKeyId, wrapped }
  }

  /** Unwraps a user's data key. @throws HomeserverError `body-corrupt`: not wrapped by this root key for this user */
  unwrapUserKey(user: Uint8Array, key: WrappedUserKey): DataKey {
    const bytes = unseal(this.#rootKey, key.wrapped, this.#wrapContext(user, key.generation))
    return { generation: key.generation, bytes, user }
  }

  /** What a secret is stored and found by: it cannot be turned back or tried offline without the root key. */
  lookup(kind: 'cookie-session' | 'signup-token', secret: string): Uint8Array {
    return createHmac('sha256', this.#indexKey).update(kind).update('\0').update(secret).digest()
  }

  /** Seals a text that must be shown again, such as a sign-up token. */
  sealCredential(kind: 'signup-token', text: string): Uint8Array {
    return seal(this.#credentialKey, Buffer.from(text), Buffer.from(kind))
  }

  /** Reverse of {@link sealCredential}. @throws HomeserverError `body-corrupt` */
  openCredential(kind: 'signup-token', sealed: Uint8Array): string {
    return unseal(this.#credentialKey, sealed, Buffer.from(kind)).toString()
  }

  #wrapContext(user: Uint8Array, generation: number): Uint8Array {
    const context = Buffer.alloc(4)
    context.writeUInt32BE(generation)
    return Buffer.concat([Buffer.from('user-key/v1'), user, context, this.rootKeyId])
  }
}

/** First 8 bytes of SHA-256 over the root key, with its own prefix. */
export function rootKeyId(rootKey: Uint8Array): Uint8Array {
  return createHash('sha256').update('pubky-hs kek id').update(rootKey).digest().subarray(0, ROOT_KEY_ID_BYTES)
}

function derive(secret: KeyObject, salt: Uint8Array, info: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, salt, info, KEY_BYTES)))
}

/** AES-256-GCM with a random nonce in front. */
function seal(key: KeyObject, plain: Uint8Array, context: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce)
  cipher.setAAD(context)
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function unseal(key: KeyObject, sealed: Uint8Array, context: Uint8Array): Buffer {
  try {
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAAD(context)
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
    const body = sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)
    return Buffer.concat([decipher.update(body), decipher.final()])
  } catch (cause) {
    throw new HomeserverError('body-corrupt', 'a stored key or credential does not verify', { cause })
  }
}
