import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseQuota } from './quota.ts'
import { RateLimiter, SWEEP_INTERVAL_MS } from './rate-limiter.ts'

function limiterAt(quota: string, options: { burst?: number; maxKeys?: number } = {}) {
  const clock = { now: 0 }
  return { clock, limiter: new RateLimiter({ quota: parseQuota(quota), now: () => clock.now, ...options }) }
}

describe('RateLimiter, the figures of spec 02 §12.2', () => {
  it('1r/m: one request, then 59 s to wait', () => {
    const { clock, limiter } = limiterAt('1r/m')
    expect(limiter.take('a').allowed).toBe(true)
    clock.now = 100
    expect(limiter.take('a')).toEqual({ allowed: false, remaining: 0, limit: 1, retryAfterSeconds: 59 })
    clock.now = 60_000
    expect(limiter.take('a').allowed).toBe(true)
  })

  it('10r/m: ten at once, the eleventh waits 6 s', () => {
    const { clock, limiter } = limiterAt('10r/m')
    const remaining = Array.from({ length: 10 }, () => limiter.take('a').remaining)
    expect(remaining).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    clock.now = 1
    expect(limiter.take('a').retryAfterSeconds).toBe(5)
    clock.now = 5_999
    expect(limiter.take('a')).toMatchObject({ allowed: false, retryAfterSeconds: 1 })
    clock.now = 6_000
    expect(limiter.take('a').allowed).toBe(true)
    expect(limiter.take('a').allowed).toBe(false)
  })

  it('a burst widens or narrows the bucket, not the rate', () => {
    const wide = limiterAt('1r/s', { burst: 3 })
    expect([1, 2, 3, 4].map(() => wide.limiter.take('a').allowed)).toEqual([true, true, true, false])
    const narrow = limiterAt('60r/m', { burst: 1 })
    expect([1, 2].map(() => narrow.limiter.take('a').allowed)).toEqual([true, false])
    narrow.clock.now = 1_000
    expect(narrow.limiter.take('a').allowed).toBe(true)
  })

  it('keys do not share a bucket', () => {
    const { limiter } = limiterAt('1r/m')
    expect(limiter.take('a').allowed).toBe(true)
    expect(limiter.take('b').allowed).toBe(true)
    expect(limiter.take('a').allowed).toBe(false)
  })
})

describe('RateLimiter, memory', () => {
  it('forgets keys whose bucket is full again', () => {
    const { clock, limiter } = limiterAt('10r/s')
    for (let index = 0; index < 50; index++) limiter.take(`idle ${index}`)
    expect(limiter.size).toBe(50)
    clock.now = SWEEP_INTERVAL_MS
    limiter.take('a')
    expect(limiter.size).toBe(1)
  })

  it('holds no more keys than allowed', () => {
    const { limiter } = limiterAt('1r/d', { maxKeys: 100 })
    for (let index = 0; index < 1_000; index++) limiter.take(`key ${index}`)
    expect(limiter.size).toBe(100)
    expect(limiter.take('key 999').allowed).toBe(false)
  })
})

it('never lets more through than burst + elapsed rate', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 80 })
  const bursts = fc.integer({ min: 1, max: 20 })
  const rates = fc.integer({ min: 1, max: 50 })
  fc.assert(
    fc.property(steps, bursts, rates, (waits, burst, rate) => {
      const { clock, limiter } = limiterAt(`${rate}r/s`, { burst })
      let allowed = 0
      for (const wait of waits) {
        clock.now += wait
        if (limiter.take('a').allowed) allowed++
      }
      expect(allowed).toBeLessThanOrEqual(burst + (clock.now * rate) / 1000 + 1e-6)
    }),
  )
})
