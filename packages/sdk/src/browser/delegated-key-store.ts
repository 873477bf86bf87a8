import { PublicKey } from '@pubky/crypto'
import { clientStateError } from '../errors/client-state.ts'
import { messageOf } from '../errors/create.ts'
import { withAuthStore } from './auth-database.ts'
import { type DelegatedKey, isDelegationAvailable, signDelegated } from './delegated-key.ts'

/** Record of the official store `delegatedGrantKeys` (spec 05 §12). */
interface KeyRecord {
  readonly keyId: string
  readonly privateKey: CryptoKey
  readonly publicKeyRaw: Uint8Array
  readonly createdAt: number
}

/** Lets tests and apps decide what the probe would find out (spec 05 §12). */
declare global {
  var __pubkyGrantCanUseDelegationOverride: boolean | undefined
}

let probe: Promise<boolean> | undefined

/** Whether a delegated key really works here; asked once per page. */
export function canUseDelegation(): Promise<boolean> {
  const override = globalThis.__pubkyGrantCanUseDelegationOverride
  if (override !== undefined) return Promise.resolve(override)
  probe ??= probeDelegation().catch(() => false)
  return probe
}

/** Makes and stores a key. Throws `ClientStateError` where delegation is not possible. */
export async function createDelegatedKey(): Promise<DelegatedKey> {
  requireDelegation()
  const key = await generateKey()
  await storeKey(key)
  return key
}

/** Finds a stored key. Throws `ClientStateError` when it is gone. */
export async function loadDelegatedKey(keyId: string): Promise<DelegatedKey> {
  requireDelegation()
  const record: unknown = await withAuthStore('delegatedGrantKeys', 'readonly', (store) => store.get(keyId))
  if (!isKeyRecord(record)) throw clientStateError(`Delegated grant key not found: ${keyId}`)
  return { keyId, privateKey: record.privateKey, publicKey: PublicKey.fromBytes(record.publicKeyRaw) }
}

/** Forgets a key for good. */
export async function deleteDelegatedKey(keyId: string): Promise<void> {
  await withAuthStore('delegatedGrantKeys', 'readwrite', (store) => store.delete(keyId))
}

/** Forgets every key of this origin, those of pending flows too. */
export async function deleteAllDelegatedKeys(): Promise<void> {
  await withAuthStore('delegatedGrantKeys', 'readwrite', (store) => store.clear())
}

async function generateKey(): Promise<DelegatedKey> {
  const generate = () => crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify'])
  try {
    // In WebKit on Linux one of 128 attempts fails.
    const pair = await generate().catch(generate)
    if (!('privateKey' in pair)) throw new Error('no key pair')
    const publicKeyRaw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
    return { keyId: newKeyId(), privateKey: pair.privateKey, publicKey: PublicKey.fromBytes(publicKeyRaw) }
  } catch (cause) {
    throw clientStateError(`Delegated grant keys require WebCrypto Ed25519: ${messageOf(cause)}`, cause)
  }
}

async function storeKey(key: DelegatedKey): Promise<void> {
  const record: KeyRecord = {
    keyId: key.keyId,
    privateKey: key.privateKey,
    publicKeyRaw: key.publicKey.bytes,
    createdAt: Date.now(),
  }
  await withAuthStore('delegatedGrantKeys', 'readwrite', (store) => store.put(record))
}

async function probeDelegation(): Promise<boolean> {
  if (!isDelegationAvailable()) return false
  const key = await generateKey()
  const signature = await signDelegated(key, new Uint8Array(8))
  await storeKey(key)
  await deleteDelegatedKey(key.keyId)
  return signature.length === 64
}

function requireDelegation(): void {
  if (globalThis.isSecureContext === false) {
    throw clientStateError('Delegated grant keys require a secure browser context.')
  }
  if (!isDelegationAvailable()) {
    throw clientStateError('Delegated grant keys require browser WebCrypto and IndexedDB.')
  }
}

function newKeyId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function isKeyRecord(value: unknown): value is KeyRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'publicKeyRaw' in value &&
    value.publicKeyRaw instanceof Uint8Array &&
    'privateKey' in value &&
    value.privateKey instanceof CryptoKey
  )
}
