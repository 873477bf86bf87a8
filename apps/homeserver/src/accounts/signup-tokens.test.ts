import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HomeserverError } from '../error.ts'
import { formatToken, parseToken } from './signup-tokens.ts'

test('vectors of spec 03 §2.5', () => {
  expect(formatToken(new Uint8Array([0, 1, 2, 3, 4, 5, 6]))).toBe('000G-40R4-0M30')
  expect(formatToken(new Uint8Array(7).fill(0xff))).toBe('ZZZZ-ZZZZ-ZZZG')
  expect(formatToken(new Uint8Array([1, 2, 3, 4, 5, 6, 7]))).toBe('0410-6105-0R3G')
})

test('case, aliases and places of hyphens do not matter', () => {
  const canonical = '0410-6105-0R3G'
  for (const text of ['0410-6105-0r3g', 'o4io-6lO5-or3G', '0-41061-050R3G', '--041061050R3G', '041061050R3G--']) {
    expect(parseToken(text)).toBe(canonical)
  }
})

test('any text either parses to the same form again or is refused as malformed', () => {
  const unit = fc.constantFrom(...'0123456789abcdefghjkmnpqrstvwxyzILOU-é ')
  const near = fc.string({ unit, minLength: 13, maxLength: 15 })
  const form = fc.string({
    unit: fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ-'),
    minLength: 14,
    maxLength: 14,
  })
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 40 }), near, form), (text) => {
      try {
        const token = parseToken(text)
        expect(token).toMatch(/^[0-9A-HJKMNP-TV-Z-]*$/)
        if (token.length === 14) expect(parseToken(token)).toBe(token)
      } catch (error) {
        expect(error).toBeInstanceOf(HomeserverError)
        expect(error).toMatchObject({ code: 'signup-token-malformed' })
      }
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 7, maxLength: 7 }), (bytes) => {
      expect(parseToken(formatToken(bytes))).toBe(formatToken(bytes))
    }),
  )
})
