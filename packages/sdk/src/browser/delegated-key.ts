import type { PublicKey } from '@pubky/crypto'
import { clientStateError } from '../errors/client-state.ts'
import { messageOf } from '../errors/create.ts'
import { hasIndexedDb } from './has-indexed-db.ts'

/** A grant's signing key that no script can read: it lives in WebCrypto and is found again through IndexedDB. */
export interface DelegatedKey {
  readonly keyId: string
  readonly publicKey: PublicKey
  readonly privateKey: CryptoKey
}

/** Whether delegation looks possible: a secure context with WebCrypto and IndexedDB. */
export function isDelegationAvailable(): boolean {
  return globalThis.isSecureContext === true && globalThis.crypto?.subtle !== undefined && hasIndexedDb()
}

/** Ed25519 signature, 64 bytes. Throws `ClientStateError` when the key cannot be used. */
export async function signDelegated(key: DelegatedKey, message: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  try {
    return new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, key.privateKey, message))
  } catch (cause) {
    throw clientStateError(`Signing key unavailable: ${messageOf(cause)}`, cause)
  }
}
