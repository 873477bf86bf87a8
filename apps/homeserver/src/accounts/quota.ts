import { HomeserverError } from '../error.ts'
import { parseBandwidthRate } from '../limits/bandwidth-rate.ts'
import type { QuotaOverrides } from '../store/store.ts'

const MEBIBYTE = 1_048_576
const MAX_INTEGER = 2_147_483_647

/** Limits every user has unless overridden (spec 03 §5.2 `storage`, `default_quotas`). */
export interface DefaultQuota {
  /** `undefined` = unlimited, 0 = nothing may be stored. */
  readonly storageMb: number | undefined
  readonly rateRead: string | undefined
  readonly rateWrite: string | undefined
  readonly rateReadBurst: number | undefined
  readonly rateWriteBurst: number | undefined
}

/** Quota members as they travel in JSON: absent = default. */
export interface QuotaJson {
  readonly storage_quota_mb?: number | 'unlimited'
  readonly rate_read?: string
  readonly rate_write?: string
  readonly rate_read_burst?: number
  readonly rate_write_burst?: number
  readonly allowed_write_paths?: readonly string[]
}

/** A change of a quota: absent = keep, null = back to default. Shapes are checked at the edge, meaning here. */
export type QuotaPatch = { readonly [Name in keyof QuotaJson]?: QuotaJson[Name] | null }

/** JSON of `GET /users/{z32}/quota` (spec 03 §2.8). */
export interface QuotaReport {
  readonly effective: EffectiveQuota
  readonly overrides: QuotaJson
}

/** What holds for a user: override, else default, else unlimited. */
export interface EffectiveQuota {
  readonly storage_quota_mb: number | 'unlimited'
  readonly rate_read: string
  readonly rate_write: string
  readonly rate_read_burst?: number
  readonly rate_write_burst?: number
  readonly allowed_write_paths?: readonly string[]
}

export const NO_OVERRIDES: QuotaOverrides = {
  storageMb: null,
  rateRead: null,
  rateWrite: null,
  rateReadBurst: null,
  rateWriteBurst: null,
  allowedWritePaths: null,
}

/** Storage limit in bytes; undefined = none. */
export function storageLimit(overrides: QuotaOverrides, defaults: DefaultQuota): number | undefined {
  if (overrides.storageMb === 'unlimited') return undefined
  const megabytes = overrides.storageMb ?? defaults.storageMb
  return megabytes === undefined ? undefined : megabytes * MEBIBYTE
}

/** Whether the allowed write paths of a user admit a write to `path` (spec 02 §10.10). */
export function mayWriteTo(allowedPaths: readonly string[] | null, path: string): boolean {
  if (allowedPaths === null) return true
  return allowedPaths.some((allowed) => allowed === path || (allowed.endsWith('/') && path.startsWith(allowed)))
}

/** Both views of a quota, as the operator sees them. */
export function reportQuota(overrides: QuotaOverrides, defaults: DefaultQuota): QuotaReport {
  // Enforcement takes the default burst also beside an overridden rate, so the report says the same.
  const readBurst = overrides.rateReadBurst ?? defaults.rateReadBurst
  const writeBurst = overrides.rateWriteBurst ?? defaults.rateWriteBurst
  const rateRead = overrides.rateRead ?? defaults.rateRead ?? 'unlimited'
  const rateWrite = overrides.rateWrite ?? defaults.rateWrite ?? 'unlimited'
  return {
    effective: {
      storage_quota_mb: overrides.storageMb ?? defaults.storageMb ?? 'unlimited',
      rate_read: rateRead,
      rate_write: rateWrite,
      ...(readBurst !== undefined && rateRead !== 'unlimited' && { rate_read_burst: readBurst }),
      ...(writeBurst !== undefined && rateWrite !== 'unlimited' && { rate_write_burst: writeBurst }),
      ...(overrides.allowedWritePaths !== null && { allowed_write_paths: overrides.allowedWritePaths }),
    },
    overrides: toQuotaJson(overrides),
  }
}

/** Overrides as JSON, defaults left out. */
export function toQuotaJson(overrides: QuotaOverrides): QuotaJson {
  return {
    ...(overrides.storageMb !== null && { storage_quota_mb: overrides.storageMb }),
    ...(overrides.rateRead !== null && { rate_read: overrides.rateRead }),
    ...(overrides.rateWrite !== null && { rate_write: overrides.rateWrite }),
    ...(overrides.rateReadBurst !== null && { rate_read_burst: overrides.rateReadBurst }),
    ...(overrides.rateWriteBurst !== null && { rate_write_burst: overrides.rateWriteBurst }),
    ...(overrides.allowedWritePaths !== null && { allowed_write_paths: overrides.allowedWritePaths }),
  }
}

/**
 * Checks a patch that stands alone: values, and paths (spec 03 §2.8, step 3).
 * @throws HomeserverError `quota-invalid`
 */
export function checkPatch(patch: QuotaPatch): void {
  for (const name of ['rate_read', 'rate_write'] as const) {
    const rate = patch[name]
    if (typeof rate === 'string' && rate !== 'unlimited' && parseBandwidthRate(rate) === undefined) {
      throw invalid(`${name} does not accept ${JSON.stringify(rate)}`)
    }
    const burst = patch[`${name}_burst`]
    if (typeof burst === 'number' && burst > MAX_INTEGER) {
      throw invalid(`${name}_burst value ${burst} exceeds maximum (${MAX_INTEGER})`)
    }
    // A patch that sets a burst and takes its rate away contradicts itself, whatever is stored.
    if (typeof burst === 'number' && rate !== undefined && (rate === null || rate === 'unlimited')) {
      throw needsRate(name)
    }
  }
  const paths = patch.allowed_write_paths ?? []
  for (const [index, path] of paths.entries()) {
    if (path === '/') {
      throw invalid(`allowed_write_paths[${index}] must not be '/'; use null for unrestricted access`)
    }
    if (paths.indexOf(path) !== index) {
      throw invalid(`allowed_write_paths[${index}] is a duplicate: ${JSON.stringify(path)}`)
    }
  }
}

/**
 * The overrides after a patch.
 * @throws HomeserverError `quota-invalid`: a burst without its rate
 */
export function applyPatch(overrides: QuotaOverrides, patch: QuotaPatch): QuotaOverrides {
  const storageMb = pick(patch.storage_quota_mb, overrides.storageMb)
  const merged: QuotaOverrides = {
    storageMb: typeof storageMb === 'number' ? Math.min(storageMb, MAX_INTEGER) : storageMb,
    rateRead: canonicalRate(pick(patch.rate_read, overrides.rateRead)),
    rateWrite: canonicalRate(pick(patch.rate_write, overrides.rateWrite)),
    rateReadBurst: pick(patch.rate_read_burst, overrides.rateReadBurst),
    rateWriteBurst: pick(patch.rate_write_burst, overrides.rateWriteBurst),
    allowedWritePaths: pick(patch.allowed_write_paths, overrides.allowedWritePaths),
  }
  if (merged.rateReadBurst !== null && !isValue(merged.rateRead)) throw needsRate('rate_read')
  if (merged.rateWriteBurst !== null && !isValue(merged.rateWrite)) throw needsRate('rate_write')
  return merged
}

function pick<Value>(patched: Value | null | undefined, current: Value | null): Value | null {
  return patched === undefined ? current : patched
}

function isValue(rate: string | null): boolean {
  return rate !== null && rate !== 'unlimited'
}

/** Printed form: the unit in lower case, no leading zeros. */
function canonicalRate(rate: string | null): string | null {
  return rate === null ? null : rate.toLowerCase().replace(/^0+(?=\d)/, '')
}

function needsRate(name: 'rate_read' | 'rate_write'): HomeserverError {
  return invalid(`${name}_burst requires the corresponding rate to be set to a value`)
}

function invalid(message: string): HomeserverError {
  return new HomeserverError('quota-invalid', message)
}
