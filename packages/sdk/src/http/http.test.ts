import { describe, expect, it, vi } from 'vitest'
import { backoffDelay, MAX_RETRY_AFTER_MS, retryDelay } from './backoff.ts'
import * as cookies from './cookie-jar.ts'
import * as failureCodes from './failure-codes.ts'
import { globalFetch } from './global-fetch.ts'
import { parseKeyHost } from './key-host.ts'
import * as knownPlaces from './known-places.ts'
import * as noCookies from './no-cookies.ts'
import * as noFailureCodes from './no-failure-codes.ts'
import * as noKnownPlaces from './no-known-places.ts'
import { sendFailure } from './send-failure.ts'
import { ServerFeatures } from './server-features.ts'
import { parseStorageAddress } from './storage-address.ts'
import type { PreparedTarget } from './transport.ts'
import { uploadCounted } from './xhr-upload.ts'

const KEY = '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo'
const OTHER = 'gcumbhd7sqit6nn457jxmrwqx9pyymqwamnarekgo3xppqo6a19o'

function setting(...cookies: string[]): Headers {
  const headers = new Headers()
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return headers
}

const { CookieJar, setCookieValue, withCookies } = cookies

describe('cookie jar', () => {
  it('is left to browsers, behind the same names', () => {
    expect(Object.keys(noCookies).sort()).toEqual(Object.keys(cookies).sort())
    const jar = new noCookies.CookieJar()
    jar.store('https://a', new Headers({ 'set-cookie': 'a=1' }))
    expect(jar.cookies('https://a').size).toBe(0)
    expect(noCookies.withCookies('b=2', new Map())).toBe('b=2')
    expect(noCookies.setCookieValue(new Headers(), 'a')).toBeUndefined()
  })

  it('keeps cookies of a site for that site only', () => {
    const jar = new CookieJar()
    jar.store('http://localhost:1', setting(`${KEY}=A; HttpOnly; Path=/; Max-Age=100`, `${OTHER}=B`))
    expect([...jar.cookies('http://localhost:1')]).toEqual([
      [KEY, 'A'],
      [OTHER, 'B'],
    ])
    expect(jar.cookies('http://localhost:2').size).toBe(0)
  })

  it('forgets what is removed or has run out', () => {
    let now = 1_000
    const jar = new CookieJar(() => now)
    jar.store('s', setting('a=1; Max-Age=5', 'b=2; Expires=Thu, 01 Jan 1970 00:00:09 GMT', 'c=3'))
    now += 6_000
    expect([...jar.cookies('s').keys()]).toEqual(['b', 'c'])
    jar.store('s', setting('c=; Max-Age=0', 'b=x; Expires=Thu, 01 Jan 1970 00:00:01 GMT'))
    expect(jar.cookies('s').size).toBe(0)
  })

  it('passes over what is no cookie', () => {
    const jar = new CookieJar()
    jar.store('s', setting('nonsense', '=x', ''))
    expect(jar.cookies('s').size).toBe(0)
  })

  it('adds to what a request carries already, which wins', () => {
    const cookies = new Map([
      ['a', 'jar'],
      ['b', '2'],
    ])
    expect(withCookies('a=own; z=1', cookies)).toBe('a=own; z=1; b=2')
    expect(withCookies(undefined, cookies)).toBe('a=jar; b=2')
    expect(withCookies(undefined, new Map())).toBeUndefined()
  })

  it('finds the value that an answer sets', () => {
    expect(setCookieValue(setting('x=1', `${KEY}=SECRET; Path=/`), KEY)).toBe('SECRET')
    expect(setCookieValue(setting(`${KEY}=; Max-Age=0`), KEY)).toBeUndefined()
    expect(setCookieValue(new Headers(), KEY)).toBeUndefined()
  })
})

describe('repeating', () => {
  const answer = (status: number, retryAfter?: string): Response =>
    new Response(null, { status, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } })

  it('only what was refused as too much or as unavailable, twice', () => {
    for (const status of [200, 400, 401, 404, 423, 500, 507]) expect(retryDelay(answer(status), 1)).toBeUndefined()
    for (const status of [429, 503]) {
      expect(retryDelay(answer(status), 1)).toBeGreaterThan(0)
      expect(retryDelay(answer(status), 2)).toBeGreaterThan(0)
      expect(retryDelay(answer(status), 3)).toBeUndefined()
    }
  })

  it('after the time the server names, in seconds or as a date', () => {
    expect(retryDelay(answer(429, '7'), 1)).toBe(7_000)
    const now = Date.parse('Sat, 21 Aug 2027 19:21:00 GMT')
    expect(retryDelay(answer(503, 'Sat, 21 Aug 2027 19:21:09 GMT'), 1, now)).toBe(9_000)
    expect(retryDelay(answer(429, String(MAX_RETRY_AFTER_MS / 1000 + 1)), 1)).toBeUndefined()
    expect(retryDelay(answer(429, 'soon'), 1)).toBeLessThan(300)
  })

  it('with longer and longer pauses, partly at random', () => {
    expect(backoffDelay(1, () => 0)).toBe(125)
    expect(backoffDelay(1, () => 1)).toBe(250)
    expect(backoffDelay(3, () => 0)).toBe(500)
    expect(backoffDelay(99, () => 1)).toBe(15_000)
  })
})

describe('hosts that are keys', () => {
  it('are recognised', () => {
    expect(parseKeyHost(KEY)).toMatchObject({ kind: 'homeserver', key: KEY })
    expect(parseKeyHost(`_pubky.${KEY}`)).toMatchObject({ kind: 'user', key: KEY })
    for (const host of ['example.com', `x.${KEY}`, KEY.slice(1), `${KEY.slice(1)}l`, '', '_pubky.']) {
      expect(parseKeyHost(host)).toBeUndefined()
    }
  })

  it('never have the display form', () => {
    for (const host of [`pubky${KEY}`, `_pubky.pubky${KEY}`]) {
      expect(() => parseKeyHost(host)).toThrow(
        expect.objectContaining({
          name: 'RequestError',
          message: 'Request failed: Invalid request/URI: pubky prefix is not allowed in transport hosts; use raw z32',
        }),
      )
    }
  })
})

describe('path-addressed URLs', () => {
  const parse = (path: string, host = `_pubky.${KEY}`) =>
    parseStorageAddress(new URL(`https://${host}${path}`), parseKeyHost(host)!)

  it('are taken apart', () => {
    expect(parse(`/storage/${KEY}/pub/a%20b`)).toEqual({ owner: KEY, legacyPath: '/pub/a%20b' })
    expect(parse(`/storage/${OTHER}/pub/a`, KEY)).toEqual({ owner: OTHER, legacyPath: '/pub/a' })
    expect(parse('/pub/a')).toBeUndefined()
    expect(parse('/storages')).toBeUndefined()
  })

  it('that make no sense are refused', () => {
    expect(() => parse(`/storage/${KEY}`)).toThrow('missing a resource path')
    expect(() => parse('/storage/nobody/pub/a')).toThrow('contains an invalid owner')
    expect(() => parse(`/storage/${OTHER}/pub/a`)).toThrow('owner does not match its _pubky host')
  })
})

it('has the same names in browsers', () => {
  expect(Object.keys(noFailureCodes)).toEqual(Object.keys(failureCodes))
  expect(Object.keys(noKnownPlaces)).toEqual(Object.keys(knownPlaces))
  const places = new noKnownPlaces.KnownPlaces()
  expect(places.find(`https://_pubky.${KEY}/storage/${KEY}/pub/a`)).toBeUndefined()
  expect(noFailureCodes.kindOfCode(Object.assign(new Error(), { code: 'ECONNREFUSED' }))).toBeUndefined()
})

describe('places of storage', () => {
  const { KnownPlaces } = knownPlaces
  const asked = (path: string, owner = KEY): string => `https://_pubky.${KEY}/storage/${owner}${path}`
  const target = (path: string, tenant?: string): PreparedTarget => ({
    route: { url: `http://localhost:1234/storage/${KEY}${path}`, carriesKey: false, site: 'site', fetch: globalFetch },
    tenant,
  })

  it('are used for other paths of an owner, for a second', () => {
    let now = 0
    const places = new KnownPlaces(() => now)
    expect(places.find(asked('/pub/a'))).toBeUndefined()
    places.keep(asked('/pub/a'), target('/pub/a'))
    expect(places.find(asked('/pub/b%20?c=d'))).toEqual(target('/pub/b%20?c=d'))
    expect(places.find(asked('/pub/b', OTHER))).toBeUndefined()
    expect(places.find(`https://_pubky.${KEY}/session`)).toBeUndefined()
    now = 1_000
    expect(places.find(asked('/pub/a'))).toBeUndefined()
  })

  it('are not kept for older servers, nor when more than the origin differs, and can be forgotten', () => {
    const places = new KnownPlaces(() => 0)
    places.keep(asked('/pub/a'), target('/pub/a', KEY))
    places.keep(asked('/pub/a'), target('/pub/A'))
    expect(places.find(asked('/pub/a'))).toBeUndefined()
    places.keep(asked('/pub/a'), target('/pub/a'))
    places.clear()
    expect(places.find(asked('/pub/a'))).toBeUndefined()
  })
})

describe('features of servers', () => {
  const json = (text: string): Response => new Response(text)

  it('are asked for once by all who ask at the same time, and again after a minute', async () => {
    let now = 0
    let asked = 0
    const features = new ServerFeatures(
      async () => {
        asked += 1
        return json('{"features":["a"]}')
      },
      () => now,
    )
    await Promise.all([features.of(KEY), features.of(KEY)])
    expect([...(await features.of(KEY))]).toEqual(['a'])
    expect(asked).toBe(1)
    now = 60_001
    await features.of(KEY)
    expect(asked).toBe(2)
  })

  it('are none when the answer is not what it should be', async () => {
    const answers: (() => Response)[] = [
      () => json('not json'),
      () => json('null'),
      () => json('{"features":"a"}'),
      () => json('{"features":[1]}'),
      () => json(`{"features":["${'a'.repeat(17_000)}"]}`),
      () => new Response('{"features":["a"]}', { status: 500 }),
      () => {
        throw new TypeError('fetch failed')
      },
    ]
    for (const answer of answers) {
      expect(await new ServerFeatures(async () => answer()).of(KEY)).toEqual(new Set())
    }
  })

  it('are kept for the 256 servers used last', async () => {
    const asked: string[] = []
    const features = new ServerFeatures(async (server) => {
      asked.push(server)
      return json('{"features":[]}')
    })
    for (let i = 0; i < 300; i++) await features.of(`server ${i}`)
    await features.of('server 299')
    await features.of('server 0')
    expect(asked).toHaveLength(301)
  })
})

describe('failures of sending', () => {
  const caused = (code: string): TypeError =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })

  it('have a kind', () => {
    expect(sendFailure(caused('ECONNREFUSED'))).toMatchObject({ data: { kind: 'connection' } })
    expect(sendFailure(caused('UND_ERR_HEADERS_TIMEOUT'))).toMatchObject({ data: { kind: 'timeout' } })
    expect(sendFailure(new DOMException('late', 'TimeoutError'))).toMatchObject({ data: { kind: 'timeout' } })
    expect(sendFailure('odd')).toMatchObject({ name: 'RequestError', data: { kind: 'other' } })
  })

  it('leave the caller’s own reason alone', () => {
    const reason = new Error('enough')
    expect(sendFailure(reason, AbortSignal.abort(reason))).toBe(reason)
  })
})

it('an empty body, of which browsers count nothing, is told once it was sent', async () => {
  class Unused {
    open(): void {
      expect.unreachable()
    }
  }
  vi.stubGlobal('XMLHttpRequest', Unused)
  vi.stubGlobal('fetch', async () => new Response(null, { status: 201 }))
  try {
    const told: number[] = []
    const answer = await uploadCounted('http://a/', { body: new Blob([]) }, (count) => told.push(count))
    expect([answer.status, told]).toEqual([201, [0]])
  } finally {
    vi.unstubAllGlobals()
  }
})
