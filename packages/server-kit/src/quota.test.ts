import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../vectors/pkarr.json' with { type: 'json' }
import { ServerKitError } from './errors.ts'
import { parseQuota } from './quota.ts'

describe('vectors: quota', () => {
  it.each(vectors.quota.accept)('accepts $text', ({ text, requests, periodSeconds }) => {
    expect(parseQuota(text)).toEqual({ requests, periodSeconds })
  })

  it.each(vectors.quota.reject)('rejects "$text"', ({ text }) => {
    expect(() => parseQuota(text)).toThrow(ServerKitError)
  })
})

describe('parseQuota', () => {
  it('takes counts up to 4294967295 where a request still gets a nanosecond', () => {
    expect(parseQuota('4294967295r/m').requests).toBe(4_294_967_295)
    expect(() => parseQuota('4294967296r/m')).toThrow('not a quota')
    expect(parseQuota('1000000000r/s').requests).toBe(1_000_000_000)
    expect(() => parseQuota('1000000001r/s')).toThrow('too high')
  })

  it.each(['1r/m ', ' 1r/m', '1R/m', '1r/M', '1r/ms', '+1r/m', '1e3r/m', '1kb/s', '1r/m\n'])('rejects %j', (text) => {
    expect(() => parseQuota(text)).toThrow(ServerKitError)
  })

  it('throws nothing but its own error, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          const quota = parseQuota(text)
          if (quota.requests < 1) throw new RangeError('empty quota')
        } catch (error) {
          expect(error).toBeInstanceOf(ServerKitError)
        }
      }),
    )
  })
})
