import { createCipheriv, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { release } from './release.ts'

test('the memory is gone at once', () => {
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12))
  const plain = Buffer.alloc(65_536)
  const before = process.memoryUsage().arrayBuffers
  const parts = Array.from({ length: 100 }, () => cipher.update(plain))
  for (const part of parts) release(part)
  expect(parts.map(({ length }) => length)).toEqual(parts.map(() => 0))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  for (const part of parts) release(part)
})

test('bytes that share their memory stay', () => {
  const whole = Buffer.alloc(10_000, 7)
  const pooled = Buffer.from('x'.repeat(5_000))
  const shared = new Uint8Array(new SharedArrayBuffer(10_000)).fill(7)
  for (const bytes of [whole.subarray(0, 9_000), whole.subarray(1), pooled, shared]) release(bytes)
  expect([whole.length, pooled.length, shared.length]).toEqual([10_000, 5_000, 10_000])
  release(whole)
  expect(whole.length).toBe(0)
})
