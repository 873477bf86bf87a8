import type { Resource } from '@pubky/protocol'
import { invalidInput, requestError } from '../errors/create.ts'
import { statusCodeOf } from '../errors/status-code.ts'
import { discard } from '../http/discard.ts'
import { sleep } from '../http/sleep.ts'
import type { StorageContext } from './storage-context.ts'
import { StorageLock } from './storage-lock.ts'

/** Milliseconds that giving a lock back may take: it ends by itself, too. */
const RELEASE_TIMEOUT_MS = 5_000
/** The answer to a refresh that comes too late. */
const LOCK_IS_GONE = 412

const TOKEN = /^<(opaquelocktoken:[^<>]+)>$/

/** Takes a lock. Throws `RequestError`: 423 somebody has it, 405 the server knows no locks. */
export async function takeLock(context: StorageContext, resource: Resource, seconds: number): Promise<StorageLock> {
  const response = await sendLock(context, resource, seconds, {})
  const token = TOKEN.exec(response.headers.get('lock-token')?.trim() ?? '')?.[1]
  if (token === undefined) {
    throw requestError('Request failed: Invalid request/URI: homeserver granted a lock without a Lock-Token', {
      kind: 'decode',
    })
  }
  return new StorageLock(resource, token, grantedSeconds(response, seconds))
}

/** Starts a lock's time anew. Throws `RequestError` 412 when it is gone. */
export async function refreshLock(context: StorageContext, lock: StorageLock, seconds: number): Promise<void> {
  const response = await sendLock(context, lock.resource, seconds, { if: lock.ifHeader() })
  lock.refreshed(grantedSeconds(response, seconds))
}

/** Gives a lock back. Throws `RequestError` 409 when it is gone. */
export async function releaseLock(context: StorageContext, lock: StorageLock): Promise<void> {
  const response = await context.core.sendExpectingSuccess({
    method: 'UNLOCK',
    url: lock.resource.toTransportUrl(),
    headers: { 'lock-token': `<${lock.token}>` },
    credential: context.credential,
  })
  await discard(response)
}

/**
 * Runs `work` while holding a lock that is refreshed at half its time and always given back. A lock that is lost
 * meanwhile shows in the locked writes of `work`, which then fail with 412.
 */
export async function withLock<T>(
  context: StorageContext,
  resource: Resource,
  seconds: number,
  work: (lock: StorageLock) => Promise<T>,
): Promise<T> {
  const lock = await takeLock(context, resource, seconds)
  const ended = new AbortController()
  void keepLock({ ...context, core: context.core.withSignal(ended.signal) }, lock, seconds, ended.signal)
  try {
    return await work(lock)
  } finally {
    ended.abort()
    // Given back even if the caller's signal has aborted, which is no reason to keep others away. A lock that ended by
    // itself needs no giving back.
    const core = context.core.withoutSignal().withSignal(AbortSignal.timeout(RELEASE_TIMEOUT_MS))
    await releaseLock({ ...context, core }, lock).catch(() => {})
  }
}

/** Refreshes a lock at half its time, and sooner and sooner while that fails; ends with `signal` or the lock. */
async function keepLock(
  context: StorageContext,
  lock: StorageLock,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  for (let share = 1 / 2; share > 1 / 32 && !signal.aborted; ) {
    try {
      await sleep(Math.max(lock.timeoutSeconds, 1) * 1000 * share, signal)
      await refreshLock(context, lock, seconds)
      share = 1 / 2
    } catch (error) {
      if (statusCodeOf(error) === LOCK_IS_GONE) return
      share /= 2
    }
  }
}

async function sendLock(
  context: StorageContext,
  resource: Resource,
  seconds: number,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const response = await context.core.sendExpectingSuccess({
    method: 'LOCK',
    url: resource.toTransportUrl(),
    headers: { ...headers, timeout: `Second-${wholeSeconds(seconds)}` },
    credential: context.credential,
  })
  await discard(response)
  return response
}

function grantedSeconds(response: Response, asked: number): number {
  const granted = /^Second-(\d+)$/.exec(response.headers.get('timeout')?.trim() ?? '')?.[1]
  return granted === undefined ? wholeSeconds(asked) : Number(granted)
}

function wholeSeconds(seconds: number): number {
  if (!(seconds >= 0) || seconds === Number.POSITIVE_INFINITY) {
    throw invalidInput(`invalid timeoutSeconds: expected a number of seconds, got ${seconds}`)
  }
  return Math.max(1, Math.floor(seconds))
}
