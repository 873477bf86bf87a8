import { createHash } from 'node:crypto'
import { isAbsolute, relative, resolve } from 'node:path'
import { HomeserverError } from '../error.ts'
import type { Store } from '../store/store.ts'
import { createRootKey, readRootKey } from './key-file.ts'
import { Keyring, rootKeyId } from './keyring.ts'

/** Where the root key comes from; `off`: bodies are stored as they are. */
export type EncryptionInit = { readonly keyFile: string } | { readonly rootKey: Uint8Array } | 'off'

/** The keys of a store that was opened with the right root key. */
export interface OpenKeyring {
  readonly keyring: Keyring
  /** False when encryption is off. */
  readonly isSealing: boolean
}

/** Setting under which the id of the root key is remembered; empty = encryption is off. */
export const ROOT_KEY_ID = 'root-key-id'
const OFF = new Uint8Array()

/**
 * Reads or, for a new store, creates the root key, and checks that it is the one the store was made with, before
 * anything of the store is touched. The answer makes the keyring once the store is open.
 * @param expected what the store has remembered under {@link ROOT_KEY_ID}; undefined when it is new
 * @throws HomeserverError `storage-failed` with a message for the operator
 */
export async function openKeyring(
  encryption: EncryptionInit,
  directory: string | undefined,
  expected: Uint8Array | undefined,
): Promise<(store: Store) => Promise<OpenKeyring>> {
  const rootKey = await findRootKey(encryption, directory, expected)
  const id = rootKey === undefined ? OFF : rootKeyId(rootKey)
  return async (store) => {
    const remembered = await store.rememberSetting(ROOT_KEY_ID, id)
    // Once more: the store may be new here and old there, when two start at once.
    requireSameKey(remembered, id)
    const credentialKey = rootKey ?? createHash('sha256').update(store.installId).digest()
    return { keyring: new Keyring(credentialKey, store.installId), isSealing: rootKey !== undefined }
  }
}

async function findRootKey(
  encryption: EncryptionInit,
  directory: string | undefined,
  expected: Uint8Array | undefined,
): Promise<Uint8Array | undefined> {
  if (encryption === 'off') {
    if (expected !== undefined) requireSameKey(expected, OFF)
    return undefined
  }
  if ('rootKey' in encryption) {
    if (expected !== undefined) requireSameKey(expected, rootKeyId(encryption.rootKey))
    return encryption.rootKey
  }
  const { keyFile } = encryption
  if (directory !== undefined && isInside(directory, keyFile)) {
    throw failure(`the encryption key file ${keyFile} must not lie inside the data folder it protects`)
  }
  const found = await readRootKey(keyFile)
  if (expected !== undefined && found !== undefined) requireSameKey(expected, rootKeyId(found), keyFile)
  if (expected !== undefined && found === undefined) {
    if (expected.length === 0) throw cannotSwitchOn()
    throw failure(
      `the encryption key file ${keyFile} is missing; without the key that this data was sealed with nothing of it can be read`,
    )
  }
  return found ?? createRootKey(keyFile)
}

function requireSameKey(expected: Uint8Array, actual: Uint8Array, keyFile?: string): void {
  if (Buffer.compare(expected, actual) === 0) return
  if (actual.length === 0) throw failure('this data is sealed; encryption cannot be switched off for it')
  if (expected.length === 0) throw cannotSwitchOn()
  const where = keyFile === undefined ? 'the encryption key' : `the key in ${keyFile}`
  throw failure(`${where} is not the one that this data was sealed with`)
}

function cannotSwitchOn(): HomeserverError {
  return failure('this data was stored without encryption; it cannot be switched on for it')
}

function isInside(directory: string, path: string): boolean {
  const way = relative(resolve(directory), resolve(path))
  return way === '' || (!way.startsWith('..') && !isAbsolute(way))
}

function failure(message: string): HomeserverError {
  return new HomeserverError('storage-failed', message)
}
