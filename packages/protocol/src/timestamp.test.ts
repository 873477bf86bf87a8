import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noise, survives } from '../../crypto/test/hostile.ts'
import { ProtocolError } from './errors.ts'
import { decodeTimestamp, encodeTimestamp, formatTimestamp, parseTimestamp } from './timestamp.ts'
import { createTimestampSource } from './timestamp-source.ts'

const timestamp = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

test('timestamps are read back, and their texts sort as they do', () => {
  fc.assert(
    fc.property(timestamp, timestamp, (a, b) => {
      expect(decodeTimestamp(encodeTimestamp(a))).toBe(a)
      expect(parseTimestamp(formatTimestamp(a).toLowerCase())).toBe(a)
      expect(formatTimestamp(a) < formatTimestamp(b)).toBe(a < b)
    }),
  )
})

test('a source only moves forward, even when its clock does not', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -10, max: 2_000_000_000_000 }), { minLength: 2 }), fc.nat(), (clock, id) => {
      let reading = 0
      const next = createTimestampSource(() => clock[reading++ % clock.length] ?? 0, id)
      let last = -1n
      for (let i = 0; i < 20; i++) {
        const current = next()
        expect(current > last).toBe(true)
        last = current
      }
    }),
  )
})

test('hostile input gives a timestamp or a ProtocolError', () => {
  fc.assert(
    fc.property(noise, fc.uint8Array({ maxLength: 12 }), (text, bytes) => {
      survives(ProtocolError, () => parseTimestamp(text))
      survives(ProtocolError, () => decodeTimestamp(bytes))
    }),
  )
})
