import { describe, expect, test } from 'vitest'
import { RoundTripTimes } from './round-trip.ts'
import { TokenBucket } from './token-bucket.ts'

describe('TokenBucket', () => {
  test('gives its burst at once and then its rate', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0)
    const taken = (now: number) => Array.from({ length: 20 }, () => bucket.take(now)).filter(Boolean).length
    expect([taken(0), taken(99), taken(100), taken(1100), taken(1e9)]).toEqual([5, 0, 1, 5, 5])
  })

  test('says how long to wait', () => {
    const bucket = new TokenBucket({ perSecond: 100, burst: 1 }, 0)
    bucket.take(0)
    expect(bucket.take(0)).toBe(false)
    expect(bucket.waitMs).toBe(10)
    expect(bucket.take(10)).toBe(true)
  })
})

describe('RoundTripTimes', () => {
  test('begins with a third of the timeout, learns, and never exceeds it', () => {
    const times = new RoundTripTimes(1500)
    expect(times.resendAfter).toBe(500)
    for (let i = 0; i < 50; i++) times.add(100)
    expect(times.resendAfter).toBeGreaterThanOrEqual(100)
    expect(times.resendAfter).toBeLessThan(150)
    for (let i = 0; i < 50; i++) times.add(i % 2 ? 1400 : 10)
    expect(times.resendAfter).toBe(500)
    for (let i = 0; i < 200; i++) times.add(0)
    expect(times.resendAfter).toBe(50)
  })
})
