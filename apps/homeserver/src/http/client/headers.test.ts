import { Keypair } from '@pubky/crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fakeExchange } from '../../../test/support/fake-exchange.ts'
import { HttpError } from '../kernel/http-error.ts'
import { KeyTexts } from '../middleware/key-texts.ts'
import { ClientExchange } from './client-exchange.ts'
import { isNotModified, requestedRange, writePrecondition } from './conditions.ts'
import { cookieHost, cookieSecret, isSecureHost, removalCookie, sessionCookie } from './cookies.ts'
import { parseListQuery } from './list-query.ts'
import { isExclusiveWriteLock, lockSeconds, lockToken, presentedTokens } from './lock-headers.ts'
import { formatTime } from './signup-tokens.ts'

const keys = new KeyTexts()
const U = Keypair.fromSecret(new Uint8Array(32).fill(1)).publicKey.z32()
const exchange = (...headers: readonly string[]) => fakeExchange(ClientExchange, 'GET', '/', headers)

describe('lock headers', () => {
  it.each([
    ['<http://x/a> (Not <opaquelocktoken:one> ["etag"]) (<opaquelocktoken:two>) (<urn:other>)', ['one', 'two']],
    ['(<opaquelocktoken:broken', []],
    ['(["etag"])', []],
    ['(<DAV:no-lock>)', []],
    ['(<Opaquelocktoken:x>)', []],
    ['( < opaquelocktoken:a > )', ['a']],
  ])('If: %s', (value, tokens) => {
    expect(presentedTokens(exchange('If', value))).toEqual(tokens)
  })

  it('reads every If field', () => {
    expect(presentedTokens(exchange('if', '(<opaquelocktoken:a>)', 'IF', '(<opaquelocktoken:b>)'))).toEqual(['a', 'b'])
  })

  it.each([
    ['<opaquelocktoken:abc>', 'abc'],
    [' opaquelocktoken:abc ', 'abc'],
    ['<urn:uuid:abc>', undefined],
    ['<urn:x> <opaquelocktoken:abc>', undefined],
    ['', undefined],
  ])('Lock-Token: %s', (value, token) => {
    expect(lockToken(exchange('Lock-Token', value))).toBe(token)
  })

  it.each([
    ['Second-10', 10],
    ['Second-99999', 60],
    ['Infinite, Second-10', 60],
    ['infinite', 60],
    ['Second-0', 1],
    ['Second--5', 1],
    ['nonsense', 30],
    ['second-10', 30],
    ['Extension, Second-5', 5],
    ['Second-99999999999999999999', 30],
  ])('Timeout: %s', (value, seconds) => {
    expect(lockSeconds(exchange('Timeout', value))).toBe(seconds)
  })

  it('lasts half a minute by default', () => {
    expect(lockSeconds(exchange())).toBe(30)
  })

  it.each([
    ['', true],
    [
      '<lockinfo xmlns="DAV:"><lockscope><exclusive /></lockscope><locktype><write/></locktype><owner>shared with nobody</owner></lockinfo>',
      true,
    ],
    [
      '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>',
      true,
    ],
    ['<D:lockinfo/>', false],
    [' ', false],
    ['<a><exclusive/><write/><shared/></a>', false],
    ['<EXCLUSIVE/><write/>', false],
    ['<exclusive<write>', true],
  ])('lockinfo %s', (body, accepted) => {
    expect(isExclusiveWriteLock(Buffer.from(body))).toBe(accepted)
  })

  it('refuses a lockinfo that is no text', () => {
    expect(isExclusiveWriteLock(Buffer.from([0xff, 0xfe]))).toBe(false)
  })

  it('reads any header and body without throwing', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array(), (text, body) => {
        const request = exchange('If', text, 'Lock-Token', text, 'Timeout', text)
        expect(Array.isArray(presentedTokens(request))).toBe(true)
        expect(lockSeconds(request)).toBeGreaterThan(0)
        lockToken(request)
        isExclusiveWriteLock(body)
      }),
    )
  })
})

describe('cookies', () => {
  it.each([
    ['', false],
    ['127.0.0.1', false],
    ['homeserver', false],
    ['167.86.102.121', false],
    ['[2001:0db8::42:8329]', false],
    ['localhost', false],
    [U, true],
    [`_pubky.${U}`, true],
    ['example.com', true],
    ['0x7f.1', false],
  ])('host %s is secure: %s', (host, secure) => {
    expect(isSecureHost(host, keys)).toBe(secure)
  })

  it.each([
    ['example.com:8443', 'example.com'],
    ['localhost:23423', 'localhost'],
    ['[::1]:80', '[::1]'],
    ['example.com:', 'example.com'],
  ])('host of %s', (host, name) => {
    expect(cookieHost(exchange('Host', host))).toBe(name)
  })

  it('refuses a missing host and one that is no authority', () => {
    expect(() => cookieHost(exchange())).toThrow('Header of type `host` was missing')
    for (const host of ['a b', 'a/b', 'user@host', 'a:b', 'ex%41mple', '']) {
      expect(() => cookieHost(exchange('Host', host))).toThrow('invalid HTTP header (host)')
    }
  })

  it('has the official attributes', () => {
    const now = Date.UTC(2026, 7, 21, 19, 21)
    expect(sessionCookie('k', 's', true, now)).toBe(
      'k=s; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=31536000; Expires=Sat, 21 Aug 2027 19:21:00 GMT',
    )
    expect(removalCookie('k', false, now)).toBe(
      'k=; HttpOnly; Path=/; Max-Age=0; Expires=Thu, 21 Aug 2025 19:21:00 GMT',
    )
  })

  it('finds the last cookie of that very name', () => {
    const secret = 'A'.repeat(26)
    expect(cookieSecret([`x=1; ${U}=${'B'.repeat(26)}`, `${U}=${secret}`], U)).toBe(secret)
    expect(cookieSecret([`${U}=${'%41'.repeat(26)}`], U)).toBe(secret)
    for (const field of [
      `a=b;\t${U}=${secret}`,
      `${U} = ${secret} ; c`,
      `a=${U};${U}=${secret}`,
      `;${U}=${secret};${U}`,
    ]) {
      expect(cookieSecret([field], U)).toBe(secret)
    }
    for (const field of [
      `${U}=short`,
      `${U}x=${secret}`,
      `x${U}=${secret}`,
      `${U}`,
      '',
      `${U}=%E0%A4%A${'A'.repeat(18)}`,
    ]) {
      expect(cookieSecret([field], U)).toBeUndefined()
    }
  })
})

const current = { etag: '"abc"', lastModified: 'Tue, 24 Nov 2026 06:00:00 GMT' }

describe('conditional requests', () => {
  it.each([
    [['If-None-Match', '"abc"'], true],
    [['If-None-Match', '"zzz", "abc"'], true],
    [['If-None-Match', 'W/"abc"'], true],
    [['If-None-Match', '*'], true],
    [['If-None-Match', '"zzz"'], false],
    [['If-None-Match', 'abc'], false],
    [['If-None-Match', '"zzz"', 'If-Modified-Since', current.lastModified], false],
    [['If-Modified-Since', current.lastModified], true],
    [['If-Modified-Since', 'Tue, 24 Nov 2026 06:00:01 GMT'], true],
    [['If-Modified-Since', 'Tue, 24 Nov 2026 05:59:59 GMT'], false],
    [['If-Modified-Since', 'Tuesday, 24-Nov-26 06:00:00 GMT'], true],
    [['If-Modified-Since', 'Tue Nov 24 06:00:00 2026'], true],
    [['If-Modified-Since', 'yesterday'], false],
    [[], false],
  ])('%j: %s', (headers, notModified) => {
    expect(isNotModified(exchange(...headers), current)).toBe(notModified)
  })

  it('reads preconditions of writes', () => {
    expect(writePrecondition(exchange())).toBeUndefined()
    expect(writePrecondition(exchange('If-None-Match', '*'))).toEqual({ ifNoneMatch: '*' })
    expect(writePrecondition(exchange('If-None-Match', 'W/"a"', 'If-Match', 'W/"a"'))).toEqual({
      ifNoneMatch: ['"a"'],
      ifMatch: ['W/"a"'],
    })
    expect(writePrecondition(exchange('If-Match', '"a", "b"', 'if-match', '"c"'))).toEqual({
      ifMatch: ['"a"', '"b"', '"c"'],
    })
  })
})

describe('byte ranges', () => {
  it.each([
    ['bytes=0-1', { start: 0, end: 2 }],
    ['bytes=5-', { start: 5, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-30', { start: 0, end: 10 }],
    ['bytes=8-100', { start: 8, end: 10 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', undefined],
    ['bytes=0-1,4-5', undefined],
    ['bytes=-', undefined],
    ['items=0-1', undefined],
    ['bytes=99999999999999999999-', undefined],
  ])('%s', (range, expected) => {
    expect(requestedRange(exchange('Range', range), 10, current)).toEqual(expected)
  })

  it('are ignored when If-Range names another version', () => {
    expect(requestedRange(exchange('Range', 'bytes=0-1', 'If-Range', '"abc"'), 10, current)).toBeDefined()
    expect(requestedRange(exchange('Range', 'bytes=0-1', 'If-Range', '"zzz"'), 10, current)).toBeUndefined()
  })
})

describe('list queries', () => {
  it.each([
    ['', { limit: 100, cursor: undefined, shallow: false, reverse: false }],
    ['limit=0&shallow', { limit: 0, cursor: undefined, shallow: true, reverse: false }],
    ['limit=5000&reverse=TRUE', { limit: 1000, cursor: undefined, shallow: false, reverse: true }],
    ['limit=70000&cursor=', { limit: 100, cursor: undefined, shallow: false, reverse: false }],
    ['limit=abc&limit=7&cursor=a%2Fb+c', { limit: 7, cursor: 'a/b c', shallow: false, reverse: false }],
    ['shallow=no&reverse=0&pubky-host=x', { limit: 100, cursor: undefined, shallow: false, reverse: false }],
  ])('%s', (query, expected) => {
    expect(parseListQuery(query)).toEqual(expected)
  })

  it('refuse a boolean that is none, without content type', () => {
    expect(() => parseListQuery('shallow=maybe')).toThrow(
      new HttpError(400, 'Invalid boolean parameter', { contentType: null }),
    )
  })
})

describe('formatTime', () => {
  it.each([
    [1_000_000, '1970-01-01T00:00:01+00:00'],
    [1_500_000, '1970-01-01T00:00:01.500+00:00'],
    [1_500_001, '1970-01-01T00:00:01.500001+00:00'],
  ])('%i', (at, text) => {
    expect(formatTime(at)).toBe(text)
  })
})
