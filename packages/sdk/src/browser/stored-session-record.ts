import { decodeGrant, formatCapability, ProtocolError } from '@pubky/protocol'
import type { GrantCredential } from '../auth/grant-credential.ts'
import { clientStateError } from '../errors/client-state.ts'
import { DelegatedPopKey } from './delegated-pop-key.ts'

/** How the secret of a stored session is kept. */
type StorageMode = 'delegated' | 'localSecret'

/** Record of the official store `storedSessions` (spec 05 §12). */
export interface StoredSessionRecord {
  readonly version: typeof RECORD_VERSION
  /** `<user z32>:<grant id>` */
  readonly id: string
  readonly storageMode: StorageMode
  /** A grant secret text, or the JSON of {@link DelegatedCredential}. */
  readonly credential: string
  readonly publicKey: string
  readonly homeserver: string
  readonly grantId: string
  readonly clientId: string
  readonly capabilities: readonly string[]
  /** Unix seconds. */
  readonly grantExpiresAt: number
  /** Unix milliseconds. */
  readonly createdAt: number
}

/** What is kept of a session whose key stays in WebCrypto; by itself it restores authentication only. */
export interface DelegatedCredential {
  readonly version: typeof DELEGATED_VERSION
  readonly grantJws: string
  readonly homeserverPublicKey: string
  readonly clientPublicKey: string
  readonly keyId: string
}

const RECORD_VERSION = 'pubky-session-v1'
const DELEGATED_VERSION = 'pubky-delegated-grant-credential-v1'

/** The name under which a grant session is stored. */
export function storedSessionId(credential: GrantCredential): string {
  return `${credential.user.z32()}:${credential.grant.grantId}`
}

/** The record of a session. */
export function recordOf(credential: GrantCredential): StoredSessionRecord {
  const { grant, homeserver, key, user } = credential
  const isDelegated = key instanceof DelegatedPopKey
  const delegated: DelegatedCredential | undefined = isDelegated
    ? {
        version: DELEGATED_VERSION,
        grantJws: grant.jws,
        homeserverPublicKey: homeserver.z32(),
        clientPublicKey: key.publicKey.z32(),
        keyId: key.key.keyId,
      }
    : undefined
  return {
    version: RECORD_VERSION,
    id: storedSessionId(credential),
    storageMode: isDelegated ? 'delegated' : 'localSecret',
    credential: delegated === undefined ? credential.exportSecret() : JSON.stringify(delegated),
    publicKey: user.z32(),
    homeserver: homeserver.z32(),
    grantId: grant.grantId,
    clientId: grant.clientId,
    capabilities: grant.capabilities.map(formatCapability),
    grantExpiresAt: grant.expiresAt,
    createdAt: Date.now(),
  }
}

/** Reads a record. Throws `ClientStateError` for one of another version or mode. */
export function checkedRecord(value: unknown): StoredSessionRecord {
  if (!isRecord(value)) throw clientStateError('Stored Pubky session has an unsupported version or storage mode.')
  return value
}

/** Reads the credential of a delegated record. Throws `ClientStateError`. */
export function delegatedCredentialOf(record: StoredSessionRecord): DelegatedCredential {
  let value: unknown
  try {
    value = JSON.parse(record.credential)
  } catch {
    throw unreadable()
  }
  if (!isDelegatedCredential(value)) throw unreadable()
  return value
}

/** Decodes the grant of a delegated record. Throws `ClientStateError`. */
export function grantOf(credential: DelegatedCredential): ReturnType<typeof decodeGrant> {
  try {
    return decodeGrant(credential.grantJws)
  } catch (cause) {
    if (cause instanceof ProtocolError) throw unreadable()
    throw cause
  }
}

function unreadable(): Error {
  return clientStateError('Stored Pubky session holds an unreadable delegated credential.')
}

function isRecord(value: unknown): value is StoredSessionRecord {
  const texts = ['id', 'credential', 'publicKey', 'homeserver', 'grantId', 'clientId']
  return (
    hasMembers(value, texts, 'string') &&
    hasMembers(value, ['grantExpiresAt', 'createdAt'], 'number') &&
    Reflect.get(value, 'version') === RECORD_VERSION &&
    ['delegated', 'localSecret'].includes(String(Reflect.get(value, 'storageMode'))) &&
    Array.isArray(Reflect.get(value, 'capabilities'))
  )
}

function isDelegatedCredential(value: unknown): value is DelegatedCredential {
  const texts = ['grantJws', 'homeserverPublicKey', 'clientPublicKey', 'keyId']
  return hasMembers(value, texts, 'string') && Reflect.get(value, 'version') === DELEGATED_VERSION
}

function hasMembers(value: unknown, names: readonly string[], type: 'string' | 'number'): value is object {
  return typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === type)
}
