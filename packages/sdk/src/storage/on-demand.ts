/** Storage calls that few pages make: their code is loaded when the first one is made. */
import type { Resource } from '@pubky/protocol'
import type { DownloadOptions } from './download.ts'
import type { EntriesOptions, ListedEntry } from './entries.ts'
import type { StorageContext } from './storage-context.ts'
import type { StorageLock } from './storage-lock.ts'
import { copiedBytes } from './text-bytes.ts'
import type { UploadBody, UploadOptions, UploadResult } from './upload.ts'

/** See `upload.ts`. */
export async function uploadFile(
  context: StorageContext,
  resource: Resource,
  body: UploadBody,
  options: UploadOptions,
): Promise<UploadResult> {
  // The caller may change its bytes as soon as it has called, which is before the code is there.
  const isBytes = typeof body !== 'string' && !(body instanceof Blob || body instanceof ReadableStream)
  const bytes = isBytes ? copiedBytes(body) : body
  const { uploadFile: loaded } = await import('../later.ts')
  return await loaded(context, resource, bytes, options)
}

/** See `download.ts`. */
export async function downloadFile(
  context: StorageContext,
  resource: Resource,
  options: DownloadOptions,
): Promise<Response> {
  const { downloadFile: loaded } = await import('../rare-reads.ts')
  return await loaded(context, resource, options)
}

/** See `entries.ts`. */
export async function* folderEntries(
  context: StorageContext,
  folder: Resource,
  options: EntriesOptions,
): AsyncGenerator<ListedEntry, void> {
  const { folderEntries: loaded } = await import('../rare-reads.ts')
  yield* loaded(context, folder, options)
}

/** See `locks.ts`. */
export async function takeLock(context: StorageContext, resource: Resource, seconds: number): Promise<StorageLock> {
  const { takeLock: loaded } = await import('../later.ts')
  return await loaded(context, resource, seconds)
}

/** See `locks.ts`. */
export async function refreshLock(context: StorageContext, lock: StorageLock, seconds: number): Promise<void> {
  const { refreshLock: loaded } = await import('../later.ts')
  await loaded(context, lock, seconds)
}

/** See `locks.ts`. */
export async function releaseLock(context: StorageContext, lock: StorageLock): Promise<void> {
  const { releaseLock: loaded } = await import('../later.ts')
  await loaded(context, lock)
}

/** See `locks.ts`. */
export async function withLock<T>(
  context: StorageContext,
  resource: Resource,
  seconds: number,
  work: (lock: StorageLock) => Promise<T>,
): Promise<T> {
  const { withLock: loaded } = await import('../later.ts')
  return await loaded(context, resource, seconds, work)
}
