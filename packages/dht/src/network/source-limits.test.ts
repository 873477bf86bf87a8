import { expect, it } from 'vitest'
import { ipv4Number } from '../address.ts'
import { SourceLimits } from './source-limits.ts'

it('reads as many queries of one address as told, whatever its port, and others beside it', () => {
  const limits = new SourceLimits(0, { perSecond: 2, burst: 3 })
  const ask = (host: string, port: number, now: number) => limits.admits(ipv4Number(host), port, now)
  expect([1, 2, 3, 4].map((port) => ask('203.0.113.7', port, 0))).toEqual([true, true, true, false])
  expect(ask('203.0.113.8', 1, 0)).toBe(true)
  expect([ask('203.0.113.7', 1, 499), ask('203.0.113.7', 1, 1000), ask('203.0.113.7', 1, 1001)]).toEqual([
    false,
    true,
    true,
  ])
})
