import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileGlob } from './glob.ts'

describe('compileGlob', () => {
  it.each([
    ['/pub/**', '/pub/test.txt', true],
    ['/pub/**', '/pub/a/b', true],
    ['/pub/**', '/pub/', true],
    ['/pub/**', '/pub', false],
    ['/pub/**', '/priv/x', false],
    ['/pub/**/update', '/pub/test.txt/update', true],
    ['/pub/**/update', '/pub/a/b/update', true],
    ['/pub/**/update', '/pub/update', true],
    ['/pub/**/update', '/pub/', false],
    ['/pub/**/update', '/pub/xupdate', false],
    ['/pub/a**b', '/pub/axxb', true],
    ['/pub/a**b', '/pub/a/b', false],
    ['/signup_tokens/*', '/signup_tokens/AAAA-BBBB-CCCC', true],
    ['/signup_tokens/*', '/signup_tokens/', true],
    ['/signup_tokens/*', '/signup_tokens/a/b', false],
    ['/session', '/session', true],
    ['/session', '/session/', false],
    ['/a?c', '/abc', true],
    ['/a?c', '/a/c', false],
    ['/[ab]x', '/bx', true],
    ['/[!ab]x', '/bx', false],
    ['/[!ab]x', '/cx', true],
    ['/a[!b]c', '/a/c', false],
    ['/[a-c]', '/b', true],
    ['/{a,b}/x', '/b/x', true],
    ['/{a,b{c,d}}/x', '/bd/x', true],
    ['/{a,b}/x', '/c/x', false],
    ['!/pub/**', '/priv/x', true],
    ['!/pub/**', '/pub/x', false],
    ['!!/pub/**', '/pub/x', true],
    ['/a\\*', '/a*', true],
    ['/a\\*', '/ab', false],
    ['/[a', '/a', false],
    ['/{a,b', '/a', false],
    ['/a\\', '/a', false],
    ['**', '/any/thing', true],
    ['*', 'x', true],
    ['', '', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(compileGlob(pattern)(path)).toBe(expected)
  })

  it('matches nothing beyond ten groups', () => {
    expect(compileGlob(`/${'{a,b}'.repeat(11)}`)(`/${'a'.repeat(11)}`)).toBe(false)
  })

  it('matches each text that has no special character, and only it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w/.-]{0,20}$/), fc.stringMatching(/^[\w/.-]{0,20}$/), (a, b) => {
        expect(compileGlob(a)(b)).toBe(a === b)
      }),
    )
  })

  it('is total and quick on any pattern and path', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('*', '?', '[', ']', '{', '}', ',', '!', '\\', '/', 'a', '-') }),
        fc.string(),
        (pattern, path) => {
          expect(typeof compileGlob(pattern)(path)).toBe('boolean')
        },
      ),
    )
    const hostile = compileGlob('/**/*a*a*a*a*a*a*b')
    expect(hostile(`/${'a'.repeat(16_000)}`)).toBe(false)
  })
})
