/** Storage calls that few pages make: their code is loaded when the first one is made. */
import type { Resource } from '@pubky/protocol'
import type { StorageContext } from './storage-context.ts'
import type { StorageLock } from './storage-lock.ts'
import type { UploadBody, UploadOptions, UploadResult } from './upload.ts'

/** See `upload.ts`. */
export async function uploadFile(
  context: StorageContext,
  resource: Resource,
  body: UploadBody,
  options: UploadOptions,
): Promise<UploadResult> {
  const later = await import('../later.ts')
  return await later.uploadFile(context, resource, body, options)
}

/** See `locks.ts`. */
export async function takeLock(context: StorageContext, resource: Resource, seconds: number): Promise<StorageLock> {
  const later = await import('../later.ts')
  return await later.takeLock(context, resource, seconds)
}

/** See `locks.ts`. */
export async function refreshLock(context: StorageContext, lock: StorageLock, seconds: number): Promise<void> {
  const later = await import('../later.ts')
  await later.refreshLock(context, lock, seconds)
}

/** See `locks.ts`. */
export async function releaseLock(context: StorageContext, lock: StorageLock): Promise<void> {
  const later = await import('../later.ts')
  await later.releaseLock(context, lock)
}

/** See `locks.ts`. */
export async function withLock<T>(
  context: StorageContext,
  resource: Resource,
  seconds: number,
  work: (lock: StorageLock) => Promise<T>,
): Promise<T> {
  const later = await import('../later.ts')
  return await later.withLock(context, resource, seconds, work)
}
