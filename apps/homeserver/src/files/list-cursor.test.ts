import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseListCursor } from './list-cursor.ts'

const KEY = '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo'

const OTHER = 'operrr8wsbpr3ue9d4qj41ge1kcc6r7fdiy6o3ugjrrhi4y77rdo'

test.each([KEY, OTHER])('a key and a canonical path, with any number of schemes in front (%s)', (key) => {
  for (const scheme of ['', 'pubky://', 'pubky://pubky://']) {
    expect(parseListCursor(`${scheme}${key}/pub/a b/%41.txt`, KEY)).toBe('/pub/a b/%41.txt')
    expect(parseListCursor(`${scheme}${key}/`, KEY)).toBe('/')
  }
})

test.each([`_pubky.${OTHER}`, `a.b.${OTHER}`, `${OTHER}.`, `pk:${OTHER}`])('a key as hosts have it: %s', (address) => {
  expect(parseListCursor(`${address}/pub/x`, KEY)).toBe('/pub/x')
})

test.each([
  '',
  '/',
  'x',
  '/pub/x',
  KEY,
  `pubky${KEY}/x`,
  `${KEY}//x`,
  `${KEY}/../x`,
  `${KEY}/x\0`,
  `${KEY.slice(1)}/x`,
])('%j is no cursor', (text) => {
  expect(parseListCursor(text, KEY)).toBeUndefined()
})

test('never throws, and what it accepts is absolute', () => {
  const near = fc.tuple(fc.constantFrom('pubky://', ''), fc.constantFrom(KEY, KEY.toUpperCase(), ''), fc.string())
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        near.map((parts) => parts.join('')),
        near.map(([a, b, c]) => `${a}${b}/${c}`),
      ),
      (text) => {
        const path = parseListCursor(text, KEY)
        if (path !== undefined) expect(path.startsWith('/')).toBe(true)
      },
    ),
    { numRuns: 1_000 },
  )
})
