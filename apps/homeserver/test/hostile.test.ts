/** Whatever a request says, the answer is one of the protocol, and the server lives on. */

import { parseHttpDate } from '@pubky/pkarr'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ClientExchange } from '../src/http/client/client-exchange.ts'
import { isNotModified, requestedRange } from '../src/http/client/conditions.ts'
import { cookieSecret } from '../src/http/client/cookies.ts'
import { parseStreamQuery } from '../src/http/client/events-stream.ts'
import { parseListQuery } from '../src/http/client/list-query.ts'
import { HttpError } from '../src/http/kernel/http-error.ts'
import { KeyTexts } from '../src/http/middleware/key-texts.ts'
import { parseBandwidthRate } from '../src/limits/bandwidth-rate.ts'
import { fakeExchange } from './support/fake-exchange.ts'
import { startHomeserver, type TestHomeserver, type TestUser } from './support/homeserver.ts'

let homeserver: TestHomeserver
let user: TestUser
beforeAll(async () => {
  homeserver = await startHomeserver()
  user = await homeserver.signUp()
})
afterAll(() => homeserver[Symbol.asyncDispose]())

/** Either a value, or a refusal with a status of the protocol; nothing else. */
function totally(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    expect(error.status).toBe(400)
  }
}

it('a stream of too many users costs no more than one of as many as may be', () => {
  let read = 0
  class CountedKeys extends KeyTexts {
    override fromAddress(text: string): string | undefined {
      read += 1
      return super.fromAddress(text)
    }
  }
  const users = Array.from({ length: 250 }, (_, i) => `user=${user.z32}:${i}`)
  expect(() => parseStreamQuery(users.join('&'), new CountedKeys())).toThrow('Too many users. Maximum allowed: 50')
  expect(read).toBe(50)
})

it('parsers refuse in their own way or not at all', () => {
  const keys = new KeyTexts()
  const current = { etag: '"a"', lastModified: 'Tue, 24 Nov 2026 06:00:00 GMT' }
  const query = fc.array(
    fc.tuple(fc.constantFrom('user', 'limit', 'path', 'live', 'reverse', 'cursor', 'shallow', 'x'), fc.string()),
  )
  fc.assert(
    fc.property(query, fc.string(), fc.string(), (parameters, text, name) => {
      const raw = parameters.map(([key, value]) => `${key}=${value}`).join('&')
      totally(() => parseStreamQuery(raw, keys))
      totally(() => parseListQuery(raw))
      totally(() => parseListQuery(text))
      cookieSecret([text, `${name}=${text}`], name)
      const exchange = fakeExchange(ClientExchange, 'GET', '/', [
        'Range',
        text,
        'If-None-Match',
        text,
        'If-Modified-Since',
        text,
      ])
      expect(typeof isNotModified(exchange, current)).toBe('boolean')
      const range = requestedRange(exchange, 100, current)
      if (typeof range === 'object') expect(range.start < range.end && range.end <= 100).toBe(true)
      parseHttpDate(text)
      parseBandwidthRate(text)
      keys.fromAddress(text)
    }),
  )
})

it('answers any target, method and field without an internal error', async () => {
  const KNOWN = new Set([200, 201, 204, 206, 301, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 416, 422, 423, 431])
  const visible = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) })
  const piece = fc.oneof(
    visible,
    fc.constantFrom('..', '.', '', '%2e%2e', '%2f', '%00', '%ff', '%5c', '%', 'pub', 'priv', '%F0%9F%98%80'),
  )
  const start = fc.constantFrom(
    '/',
    '/storage/',
    '/storage/U/',
    '/storage/U/pub/',
    '/session/',
    '/events/',
    '/signup_tokens/',
    '/auth/grant/session/',
  )
  const target = fc.tuple(start, fc.array(piece, { maxLength: 5 })).map(([prefix, pieces]) => prefix + pieces.join('/'))
  const method = fc.constantFrom(
    'GET',
    'HEAD',
    'PUT',
    'DELETE',
    'LOCK',
    'UNLOCK',
    'POST',
    'PATCH',
    'OPTIONS',
    'PROPFIND',
  )
  const fields = fc.dictionary(
    fc.constantFrom(
      'pubky-host',
      'if',
      'if-match',
      'if-none-match',
      'range',
      'lock-token',
      'timeout',
      'authorization',
      'content-type',
      'origin',
      'accept',
    ),
    visible,
    { maxKeys: 3 },
  )
  await fc.assert(
    fc.asyncProperty(
      method,
      target,
      fields,
      fc.constantFrom('localhost', 'K', 'blog.K', 'example.com'),
      async (verb, to, headers, host) => {
        const answer = await homeserver.send(to.replace('/U/', `/${user.z32}/`), {
          method: verb,
          headers: { cookie: user.cookie, ...headers, host: host.replace('K', user.z32) },
          ...(verb === 'PUT' || verb === 'POST' ? { body: 'x' } : {}),
        })
        expect([verb, to, KNOWN.has(answer.status) ? 'known' : answer.status]).toEqual([verb, to, 'known'])
      },
    ),
    { numRuns: 400 },
  )
  expect((await homeserver.send('/')).text).toBe('Pubky Homeserver')
})
