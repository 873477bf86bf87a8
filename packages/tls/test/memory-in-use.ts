import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Pauses without gain after which nothing more is expected to go. */
const IDLE_PAUSES = 3

/**
 * Bytes in use, JavaScript and Buffers, once all garbage is gone: sockets and keys have native parts that are freed some
 * turns after the collection that found them, on a busy machine many.
 */
export async function memoryInUse(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  let least = Number.POSITIVE_INFINITY
  for (let idle = 0; idle < IDLE_PAUSES; idle++) {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    const inUse = heapUsed + external
    if (inUse < least - 65_536) idle = 0
    least = Math.min(least, inUse)
    await sleep(300)
  }
  return least
}
