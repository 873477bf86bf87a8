import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeId, isTooLong, matchRoute } from './route.ts'

describe('matchRoute', () => {
  it.each([
    ['/', 'banner', ''],
    ['/?x', 'banner', ''],
    ['/inbox/a', 'inbox', 'a'],
    ['/inbox/ack', 'inbox', 'ack'],
    ['/inbox/a?b/c', 'inbox', 'a'],
    ['/inbox/a/ack', 'ack', 'a'],
    ['/inbox/a/await', 'await', 'a'],
    ['/link/..', 'link', '..'],
  ])('%s is %s of "%s"', (target, name, segment) => {
    expect(matchRoute(target)).toEqual({ name, segment })
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (target) => {
        const route = matchRoute(`/${target}`)
        if (route !== undefined) expect(typeof decodeId(route.segment)).toMatch(/^(string|undefined)$/)
      }),
    )
  })
})

describe('decodeId', () => {
  it('undoes encodeURIComponent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (id) => {
        expect(decodeId(encodeURIComponent(id))).toBe(id)
      }),
    )
  })

  it.each([
    ['%', '%'],
    ['%2', '%2'],
    ['%zz', '%zz'],
    ['%252F', '%2F'],
    ['%EF%BB%BFa', '\uFEFFa'],
    ['%00', '\0'],
    ['a+b', 'a+b'],
  ])('%s is %j', (segment, id) => {
    expect(decodeId(segment)).toBe(id)
  })

  it.each(['%ff', '%C3', '%C3%28', '%ED%A0%80', '%C0%AF', '\xe9'])('%s is not UTF-8', (segment) => {
    expect(decodeId(segment)).toBeUndefined()
  })

  it('counts bytes', () => {
    expect(isTooLong('é'.repeat(128))).toBe(false)
    expect(isTooLong('é'.repeat(129))).toBe(true)
  })
})
