import { expect, it } from 'vitest'
import { vectors } from '../test/vectors.ts'
import { formatHttpDate, parseHttpDate } from './http-date.ts'

it.each(vectors.httpDates)('$timestampMicros is $httpDate', ({ timestampMicros, httpDate }) => {
  expect(formatHttpDate(BigInt(timestampMicros))).toBe(httpDate)
})

it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
  'reads %s',
  (text) => {
    expect(parseHttpDate(text)).toBe(784_111_777_000_000n)
  },
)

it('reads two-digit years below 70 in this century', () => {
  expect(parseHttpDate('Sunday, 22-Nov-26 05:03:43 GMT')).toBe(parseHttpDate('Sun, 22 Nov 2026 05:03:43 GMT'))
})

it('ends with the year 9999', () => {
  expect(formatHttpDate(2n ** 63n)).toBe('Fri, 31 Dec 9999 23:59:59 GMT')
  expect(parseHttpDate('Fri, 31 Dec 9999 23:59:59 GMT')).toBe(253_402_300_799_000_000n)
})

it.each([
  '',
  'garbage',
  '0',
  'Sun, 06 Nov 1994 08:49:37',
  'Sun, 06 Nov 1994 24:49:37 GMT',
  'Sun, 31 Feb 1994 08:49:37 GMT',
  'Sun, 00 Nov 1994 08:49:37 GMT',
  'Sun, 6 Nov 1994 08:49:37 GMT',
  'sun, 06 nov 1994 08:49:37 gmt',
  'Sun, 06 Nov 0001 08:49:37 GMT',
  ' Sun, 06 Nov 1994 08:49:37 GMT',
])('refuses %j', (text) => {
  expect(parseHttpDate(text)).toBeUndefined()
})
