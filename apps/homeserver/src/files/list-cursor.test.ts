import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseListCursor } from './list-cursor.ts'

const KEY = '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo'

test('a key and a canonical path, with any number of schemes in front', () => {
  for (const scheme of ['', 'pubky://', 'pubky://pubky://']) {
    expect(parseListCursor(`${scheme}${KEY}/pub/a b/%41.txt`)).toBe('/pub/a b/%41.txt')
    expect(parseListCursor(`${scheme}${KEY}/`)).toBe('/')
  }
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
  expect(parseListCursor(text)).toBeUndefined()
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
        const path = parseListCursor(text)
        if (path !== undefined) expect(path.startsWith('/')).toBe(true)
      },
    ),
    { numRuns: 1_000 },
  )
})
