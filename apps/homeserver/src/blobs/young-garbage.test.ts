import { constants, PerformanceObserver } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { countShortLived } from './young-garbage.ts'

test('the young generation is collected once for every 16 MiB, the whole heap is not', async () => {
  const kinds: unknown[] = []
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const detail: unknown = 'detail' in entry ? entry.detail : undefined
      if (detail instanceof Object && 'kind' in detail) kinds.push(detail.kind)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  try {
    for (let mebibytes = 0; mebibytes < 800; mebibytes += 1) countShortLived(1_048_576)
    await expect.poll(() => kinds.length).toBeGreaterThanOrEqual(50)
  } finally {
    observer.disconnect()
  }
  expect(kinds.filter((kind) => kind === constants.NODE_PERFORMANCE_GC_MINOR).length).toBeGreaterThanOrEqual(50)
  expect(kinds.filter((kind) => kind === constants.NODE_PERFORMANCE_GC_MAJOR).length).toBeLessThan(5)
})
