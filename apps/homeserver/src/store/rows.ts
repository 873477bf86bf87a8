/** Rows as databases hand them out, and the records made of them. Hot rows are arrays: cheaper than objects. */
import type {
  CookieSessionRecord,
  EntryRecord,
  EventRecord,
  GrantRecord,
  QuotaOverrides,
  SignupTokenRecord,
  UserRecord,
} from './store.ts'

/** SQLite has no truth values, only 0 and 1. */
export type Flag = boolean | number

/** Quota columns of users and sign-up tokens. */
export interface QuotaRow {
  readonly storage_mb: number | null
  readonly rate_read: string | null
  readonly rate_write: string | null
  readonly rate_read_burst: number | null
  readonly rate_write_burst: number | null
  readonly allowed_write_paths: string | null
}

/** `storage_mb` of an explicit "unlimited". */
const UNLIMITED = -1

export const QUOTA_COLUMNS =
  'storage_mb, rate_read, rate_write, rate_read_burst, rate_write_burst, allowed_write_paths' as const

/** Column values of overrides, in the order of {@link QUOTA_COLUMNS}. */
export type QuotaValues = [number | null, string | null, string | null, number | null, number | null, string | null]

export function toQuotaValues(quota: QuotaOverrides): QuotaValues {
  return [
    quota.storageMb === 'unlimited' ? UNLIMITED : quota.storageMb,
    quota.rateRead,
    quota.rateWrite,
    quota.rateReadBurst,
    quota.rateWriteBurst,
    quota.allowedWritePaths === null ? null : JSON.stringify(quota.allowedWritePaths),
  ]
}

function fromQuotaRow(row: QuotaRow): QuotaOverrides {
  return {
    storageMb: row.storage_mb === UNLIMITED ? 'unlimited' : row.storage_mb,
    rateRead: row.rate_read,
    rateWrite: row.rate_write,
    rateReadBurst: row.rate_read_burst,
    rateWriteBurst: row.rate_write_burst,
    allowedWritePaths: row.allowed_write_paths === null ? null : parsePaths(row.allowed_write_paths),
  }
}

/** An unreadable list allows nothing (spec 02 §10.10). */
function parsePaths(text: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  } catch {
    // Falls through: fail closed.
  }
  return []
}

export interface UserRow extends QuotaRow {
  readonly id: number
  readonly public_key: string
  readonly disabled: Flag
  readonly used_bytes: number
  readonly created_at: number
}

export const USER_COLUMNS = `id, public_key, disabled, used_bytes, created_at, ${QUOTA_COLUMNS}` as const

export function fromUserRow(row: UserRow): UserRecord {
  return {
    id: row.id,
    publicKey: row.public_key,
    disabled: Boolean(row.disabled),
    usedBytes: row.used_bytes,
    createdAt: row.created_at,
    quota: fromQuotaRow(row),
  }
}

export interface SignupTokenRow extends QuotaRow {
  readonly lookup: Buffer
  readonly sealed: Buffer
  readonly created_at: number
  readonly used_at: number | null
  readonly used_by: string | null
}

export function fromSignupTokenRow(row: SignupTokenRow): SignupTokenRecord {
  return {
    lookup: row.lookup,
    sealed: row.sealed,
    createdAt: row.created_at,
    usedAt: row.used_at ?? undefined,
    usedBy: row.used_by ?? undefined,
    quota: fromQuotaRow(row),
  }
}

export interface CookieSessionRow {
  readonly id: number
  readonly user_id: number
  readonly public_key: string
  readonly capabilities: string
  readonly created_at: number
  readonly expires_at: number
}

export function fromCookieSessionRow(row: CookieSessionRow): CookieSessionRecord {
  return {
    id: row.id,
    userId: row.user_id,
    user: row.public_key,
    capabilities: row.capabilities,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}

export interface GrantRow {
  readonly id: string
  readonly user_id: number
  readonly public_key: string
  readonly client_id: string
  readonly client_key: string
  readonly capabilities: string
  readonly issued_at: number
  readonly expires_at: number
  readonly revoked_at: number | null
  readonly created_at: number
}

export const GRANT_COLUMNS =
  'g.id, g.user_id, u.public_key, g.client_id, g.client_key, g.capabilities, g.issued_at, g.expires_at, g.revoked_at, g.created_at' as const

export function fromGrantRow(row: GrantRow): GrantRecord {
  return {
    id: row.id,
    userId: row.user_id,
    user: row.public_key,
    clientId: row.client_id,
    clientKey: row.client_key,
    capabilities: row.capabilities,
    issuedAtSeconds: row.issued_at,
    expiresAtSeconds: row.expires_at,
    revokedAtSeconds: row.revoked_at ?? undefined,
    createdAt: row.created_at,
  }
}

/** Columns of {@link ENTRY_COLUMNS}. */
export type EntryRow = [
  id: number,
  path: string,
  contentLength: number,
  contentType: string,
  etag: string,
  createdAt: number,
  modifiedAt: number,
  lastModified: string,
  blobId: string,
  isInline: Flag,
  keyGeneration: number,
]

export const ENTRY_COLUMNS =
  'e.id, e.path, e.content_length, e.content_type, e.etag, e.created_at, e.modified_at, e.last_modified, e.blob_id, e.is_inline, e.key_generation' as const

export function fromEntryRow(row: EntryRow | [...EntryRow, ...unknown[]]): EntryRecord {
  return {
    id: row[0],
    path: row[1],
    contentLength: row[2],
    contentType: row[3],
    etag: row[4],
    createdAt: row[5],
    modifiedAt: row[6],
    lastModified: row[7],
    body: { blobId: row[8], place: row[9] ? 'inline' : 'blob', keyGeneration: row[10] },
  }
}

/** Columns of {@link EVENT_COLUMNS}. */
export type EventRow = [id: number, userId: number, user: string, path: string, contentHash: string | null, at: number]

export const EVENT_COLUMNS = 'v.id, v.user_id, u.public_key, v.path, v.content_hash, v.at' as const

export function fromEventRow(row: EventRow): EventRecord {
  const hash = row[4]
  return {
    id: row[0],
    type: hash === null ? 'DEL' : 'PUT',
    userId: row[1],
    user: row[2],
    path: row[3],
    contentHash: hash ?? undefined,
    at: row[5],
  }
}
