import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PathFilter } from './path-filter.ts'

const name = fc.constantFrom('a', 'b', 'a b', 'a!', 'a0', 'é', '\ufb01', '😀')
const file = fc
  .tuple(fc.constantFrom('pub', 'priv'), fc.array(name, { minLength: 1, maxLength: 3 }))
  .map(([root, names]) => `/${[root, ...names].join('/')}`)
const path = fc.oneof(
  file,
  file.map((text) => `${text}/`),
  fc.constantFrom('/pub/', '/priv/', '/', '/pub', '/other/'),
)

test('a filter admits what one of its paths names, and its spans hold all of that', () => {
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 12 }), fc.array(file, { maxLength: 20 }), (paths, files) => {
      const filter = new PathFilter(paths)
      for (const text of [...files, ...paths.filter((one) => /^\/(pub|priv)\/.*[^/]$/.test(one))]) {
        const isNamed = paths.some((one) => (one.endsWith('/') ? text.startsWith(one) : text === one))
        expect([text, filter.admits(text)]).toEqual([text, isNamed])
        const isHeld = filter.spans.some(
          ({ isPrivate, first, last }) =>
            isPrivate !== text.startsWith('/pub/') && isAtMost(first, text) && isAtMost(text, last),
        )
        expect(isHeld || !isNamed).toBe(true)
      }
    }),
    { numRuns: 1_000 },
  )
})

test('spans are as narrow as the paths allow, apart for public and private ones', () => {
  expect(PathFilter.publicPaths.spans).toEqual([{ isPrivate: false, first: '/pub/', last: '/pub0' }])
  expect(new PathFilter(['/pub/b/', '/priv/x', '/pub/a', '/pub/b/c']).spans).toEqual([
    { isPrivate: false, first: '/pub/a', last: '/pub/b0' },
    { isPrivate: true, first: '/priv/x', last: '/priv/x' },
  ])
  expect(new PathFilter([]).spans).toEqual(new PathFilter(['/pub/x', '/']).spans)
})

function isAtMost(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) <= 0
}
