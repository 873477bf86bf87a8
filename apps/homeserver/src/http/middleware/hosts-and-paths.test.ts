import { Keypair } from '@pubky/crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fakeExchange } from '../../../test/support/fake-exchange.ts'
import { ClientExchange } from '../client/client-exchange.ts'
import { HttpError } from '../kernel/http-error.ts'
import { decodeStoragePath } from './decode-path.ts'
import { KeyTexts } from './key-texts.ts'
import { privateCachePolicy } from './private-cache.ts'
import { resolveTenant, storageTarget } from './tenant.ts'
import { classifyWebsite, siteOfHost } from './website-host.ts'

const keys = new KeyTexts()
const U = Keypair.fromSecret(new Uint8Array(32).fill(1)).publicKey.z32()
const V = Keypair.fromSecret(new Uint8Array(32).fill(2)).publicKey.z32()
const HS = Keypair.fromSecret(new Uint8Array(32)).publicKey.z32()

function exchange(target: string, headers: readonly string[] = [], method = 'GET'): ClientExchange {
  return fakeExchange(ClientExchange, method, target, headers)
}

function refusal(run: () => unknown): readonly [number, string] | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof HttpError) return [error.status, error.message]
    throw error
  }
}

describe('tenant of a path-addressed request', () => {
  it.each([
    ['/storage', 'Missing storage owner or path'],
    ['/storage/', 'Missing storage owner or path'],
    ['/storage/short', 'Missing storage path'],
    [`/storage/${U}`, 'Missing storage path'],
    [`/storage/${U}/`, 'Missing storage path'],
    ['/storage/short/pub/file.txt', 'Invalid storage owner public key'],
    [`/storage/pubky${U}/pub/file.txt`, 'Invalid storage owner public key'],
    [`/storage/${'0'.repeat(52)}/pub/x`, 'Invalid storage owner public key'],
    [`/storage/foo.${U}/pub/x`, 'Invalid storage owner public key'],
    [`/storage/${U.toUpperCase()}/pub/x`, 'Invalid storage owner public key'],
    [`/storage/${U}/pub/%ff`, 'Storage path is not valid UTF-8'],
    [`/storage/${U}/../x`, 'Invalid storage path: path traverses above root'],
    [`/storage/${U}/pub/${'a'.repeat(256)}`, 'Invalid storage path: path segment is 256 bytes; maximum is 255'],
    [`/storage/${U}${'/a'.repeat(486)}b`, 'Invalid storage path: path is 973 bytes; maximum is 972'],
    [`/storage/${U}/pub/a%5Cb`, 'Invalid storage path: path must not contain a backslash'],
    [`/storage/${U}/pub/a\\b`, 'Invalid storage path: path must not contain a backslash'],
    [`/storage/${U}/pub/report%20`, 'Invalid storage path: path must not end in whitespace'],
    [`/storage/${U}/pub/%00`, 'Invalid storage path: path contains a control character'],
  ])('%s is refused', (target, text) => {
    expect(refusal(() => resolveTenant(exchange(target), keys))).toEqual([400, text])
  })

  it.each([
    ['/pub/a%2Fb', '/pub/a/b'],
    ['/pub//a///b', '/pub/a/b'],
    ['/pub/x/../y', '/pub/y'],
    ['/pub/../priv/x', '/priv/x'],
    ['/pub/100%25', '/pub/100%'],
    ['/pub/100%', '/pub/100%'],
    ['/pub/%C3%BCber', '/pub/über'],
    ['/pub/a+b', '/pub/a+b'],
    ['/pub/.', '/pub/'],
    [`${'/a'.repeat(486)}`, '/a'.repeat(486)],
  ])('%s names %s', (raw, path) => {
    const request = exchange(`/storage/${U}${raw}?pubky-host=${V}`, ['pubky-host', V, 'host', 'garbage:x'])
    resolveTenant(request, keys)
    expect(request.target).toEqual({ owner: U, path })
    expect(request.tenant).toBe(U)
  })

  it('decodes plain paths as the full rules would', () => {
    const segment = fc.stringMatching(/^[\w.~!$&'()*+,;=:@%\\ -]{0,12}$/)
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), (segments) => {
        const raw = `/${segments.join('/')}`
        const decoded = decodeStoragePath(raw)
        if ('path' in decoded) {
          expect(decoded.path.startsWith('/')).toBe(true)
          expect(decoded.path).not.toMatch(/\/\/|\/\.{1,2}(?:\/|$)|\\/)
        } else expect(decoded.cause.code).toMatch(/^path-/)
      }),
    )
  })
})

describe('tenant of a host-addressed request', () => {
  it.each([
    [['host', U], '', U],
    [['host', `_pubky.${U}`], '', U],
    [['host', `foo.bar.${U}`], '', U],
    [['host', `${U}:6287`], '', undefined],
    [['host', `pubky${U}`], '', undefined],
    [['host', 'example.com'], '', undefined],
    [['host', 'non.pubky.host', 'pubky-host', U], '', U],
    [['host', U, 'pubky-host', V], '', V],
    [['host', U, 'pubky-host', 'garbage'], '', U],
    [['host', U, 'pubky-host', `pubky${V}`], '', U],
    [['host', 'a.b'], `?pubky-host=${U}`, U],
    [['host', 'a.b'], `?pubky-host=nothing&pubky-host=${U}`, U],
    [['host', 'a.b'], `?${'pubky-host=nothing&'.repeat(10)}pubky-host=${U}`, undefined],
    [['host', V], `?pubky-host=${U}`, V],
    [['host', 'a.b'], `?pubky-host=%70${U}`, undefined],
    [[':authority', U], '', U],
  ])('%j with query %s', (headers, query, tenant) => {
    const request = exchange(`/pub/x${query}`, headers)
    resolveTenant(request, keys)
    expect(request.tenant).toBe(tenant)
  })

  it.each([
    ['/pub/%ff', 'Invalid URL: Invalid UTF-8 in `path`'],
    ['/../x', 'Invalid URL: path traverses above root'],
  ])('%s is refused when a handler asks', (target, text) => {
    const request = exchange(target, ['host', U])
    resolveTenant(request, keys)
    expect(refusal(() => storageTarget(request))).toEqual([400, text])
  })

  it('is missing without a key', () => {
    const request = exchange('/pub/x', ['host', 'a.b'])
    resolveTenant(request, keys)
    expect(refusal(() => storageTarget(request))).toEqual([400, 'Missing request tenant'])
  })
})

describe('sites', () => {
  it.each([
    [U, { owner: U, label: '_' }],
    [`blog.${U}`, { owner: U, label: 'blog' }],
    [`My-Blog.${U.toUpperCase()}.:6287`, { owner: U, label: 'my-blog' }],
    [`_pubky.${U}`, undefined],
    [`_.${U}`, undefined],
    [`a.b.${U}`, undefined],
    [`-a.${U}`, undefined],
    [`${'a'.repeat(64)}.${U}`, undefined],
    [`pubky${U}`, undefined],
    [`x@${U}`, undefined],
    [HS, undefined],
    [`blog.${HS}`, undefined],
    ['example.com', undefined],
  ])('host %s', (host, site) => {
    expect(siteOfHost(host, keys, HS)).toEqual(site)
  })

  it.each([
    ['/a/%2e%2e/b%20c.html', '/pub/website/blog/b c.html'],
    ['//evil.com', '/pub/website/blog/evil.com'],
    ['/signup-page/', '/pub/website/blog/signup-page/index.html'],
    ['/', '/pub/website/blog/index.html'],
    ['/%70ub/x', '/pub/website/blog/pub/x'],
  ])('page %s', (path, file) => {
    const request = exchange(path, ['host', `blog.${U}`])
    classifyWebsite(request, keys, HS)
    expect(request.website?.file).toBe(file)
    expect(request.tenant).toBe(U)
  })

  it.each([
    ['/a/%2e%2e%2F..%2Fpriv', 'Invalid website path: path traverses above root'],
    ['/%5Cevil.com', 'Invalid website path: path must not contain a backslash'],
    ['/%FF', 'Website path is not valid UTF-8'],
    ['/a'.repeat(486), 'Invalid website path: path is 989 bytes; maximum is 972'],
  ])('page %s is refused', (path, text) => {
    expect(refusal(() => classifyWebsite(exchange(path, ['host', `blog.${U}`]), keys, HS))).toEqual([400, text])
  })

  it.each([
    ['GET', '/session'],
    ['GET', '/pub/x'],
    ['GET', '/info/'],
    ['GET', '/events-stream'],
    ['PUT', '/index.html'],
    ['POST', '/'],
  ])('%s %s stays with the API', (method, path) => {
    const request = exchange(path, ['host', U], method)
    classifyWebsite(request, keys, HS)
    expect(request.website).toBeUndefined()
  })
})

describe('privacy of a legacy path', () => {
  it.each([
    ['/priv/x', true],
    ['/pub/../priv/x', true],
    ['/pub/%2e%2e/priv/x', true],
    ['/priv/%00', true],
    ['/%70riv/../pub/x', true],
    ['/priv', false],
    ['/privstuff/x', false],
    ['/../../priv/x', false],
    ['/pub/x', false],
  ])('%s: %s', (path, isPrivate) => {
    expect(privateCachePolicy(exchange(path, ['host', U])) !== undefined).toBe(isPrivate)
  })

  it('keeps validators of good answers only', () => {
    const policy = privateCachePolicy(exchange('/priv/x', ['host', U]))
    const fields = ['etag', '"a"', 'cache-control', 'private', 'vary', 'x', 'last-modified', 'now']
    const added = ['cache-control', 'no-store', 'vary', 'pubky-host, Authorization, Cookie']
    expect(policy?.(200, fields)).toEqual(['etag', '"a"', 'last-modified', 'now', ...added])
    expect(policy?.(404, fields)).toEqual(added)
  })
})
