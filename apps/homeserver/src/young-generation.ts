import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Where growing stops: two halves of 16 MiB. */
const MAX_BYTES = 32 * 1_048_576
const CHECK_MS = 100

/**
 * Stops V8 from letting its young generation grow to four times this size, where it gets under any load and from where
 * it does not come back: 100 MB that make no request cheaper. There is an option of the command line for it, but none
 * that a program can set for itself, so this looks until the size is reached.
 */
export function boundYoungGeneration(): void {
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
    if (young !== undefined && young.space_size < MAX_BYTES) return
    setFlagsFromString('--semi-space-growth-factor=1')
    clearInterval(timer)
  }, CHECK_MS)
  timer.unref()
}
