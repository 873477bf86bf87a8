/** What one of several sources did. */
export type SourceEvent<T> = { readonly value: T } | { readonly error: unknown }

/**
 * Yields the values of all sources in the order in which they come, and how sources failed. A failed source does not
 * end the others. Whoever stops reading early must stop the sources by a signal of their own.
 */
export async function* interleave<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<SourceEvent<T>, void> {
  const queue: SourceEvent<T>[] = []
  let running = sources.length
  let wake = () => {}
  const drain = async (source: AsyncIterable<T>) => {
    try {
      for await (const value of source) {
        queue.push({ value })
        wake()
      }
    } catch (error) {
      queue.push({ error })
    } finally {
      running -= 1
      wake()
    }
  }
  for (const source of sources) void drain(source)
  for (;;) {
    const event = queue.shift()
    if (event !== undefined) yield event
    else if (running === 0) return
    else {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
}
