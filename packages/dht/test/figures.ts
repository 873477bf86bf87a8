/** The value below which this share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Runs `work` for each item, at most `width` at a time, and returns how many milliseconds each took. */
export async function timed<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<number[]> {
  const times: number[] = []
  const queue = items.values()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of queue) {
        const start = performance.now()
        await work(item)
        times.push(performance.now() - start)
      }
    }),
  )
  return times
}

/** `median 1.2 ms, p95 3.4 ms`. */
export function spread(times: readonly number[]): string {
  const shown = (share: number) => `${percentile(times, share).toFixed(1)} ms`
  return `median ${shown(0.5)}, p95 ${shown(0.95)}`
}
