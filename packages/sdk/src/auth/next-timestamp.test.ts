import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTimestamp } from './next-timestamp.ts'

const NOW = new Date('2026-01-01T00:00:00Z').getTime()

beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
})

afterEach(() => {
  vi.useRealTimers()
})

it('timestamps are never the same twice, and follow a clock that is set back', () => {
  const early = Array.from({ length: 100 }, nextTimestamp)
  expect(new Set(early).size).toBe(100)
  vi.setSystemTime(NOW - 1_000)
  expect(nextTimestamp()).toBeGreaterThan(early.at(-1)!)
  vi.setSystemTime(NOW - 3_600_000)
  const late = nextTimestamp()
  expect(late).toBeLessThan(BigInt(NOW - 3_600_000) * 1000n + 1000n)
  expect(nextTimestamp()).toBeGreaterThan(late)
})
