import { transportError } from '../errors/create.ts'

/** Waits `milliseconds`; rejects with the signal's reason when it aborts. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** What comes of `work`, unless the signal aborts before: then a rejection with its reason, and `work` goes on unheard. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
    if (signal.aborted) onAbort()
  })
}

/** One signal that aborts when any of the given ones does; undefined when there is none. */
export function anySignal(...signals: readonly (AbortSignal | null | undefined)[]): AbortSignal | undefined {
  const present = signals.filter((signal) => signal != null)
  return present.length > 1 ? AbortSignal.any(present) : present[0]
}

/**
 * What comes of `work` if it comes within that time, else a rejection with a `RequestError`, for which the signal that
 * `work` is given aborts, too.
 */
export async function within<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController()
  const timer = setTimeout(() => {
    late.abort(transportError(`nothing came for ${milliseconds / 1000} seconds`, 'timeout'))
  }, milliseconds)
  try {
    return await untilAborted(work(late.signal), late.signal)
  } finally {
    clearTimeout(timer)
  }
}
