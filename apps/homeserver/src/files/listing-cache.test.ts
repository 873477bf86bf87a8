import { beforeEach, expect, test } from 'vitest'
import type { Store, StoreNotice } from '../store/store.ts'
import { ListingCache } from './listing-cache.ts'

let tell: (notice: StoreNotice) => void
let cache: ListingCache

beforeEach(() => {
  const watch = (listener: (notice: StoreNotice) => void) => {
    tell = listener
    return () => undefined
  }
  // The cache asks its store for nothing else.
  cache = new ListingCache({ watch } as Store)
})

function change(user: string, path: string): void {
  const event = { id: 1, type: 'PUT', userId: 1, user, path, contentHash: undefined, at: 1 } as const
  tell({ kind: 'event', event })
}

const keep = (tenant: string, directory: string, text = directory, mark = cache.mark()) =>
  cache.keep(tenant, directory, { directory, text }, mark)

test('a change drops the pages of the folders above it, of its user only', () => {
  for (const tenant of ['a', 'b']) for (const directory of ['/pub/', '/pub/x/', '/pub/y/']) keep(tenant, directory)
  change('a', '/pub/x/file')
  expect(cache.get('a', '/pub/')).toBeUndefined()
  expect(cache.get('a', '/pub/x/')).toBeUndefined()
  expect(cache.get('a', '/pub/y/')).toBe('/pub/y/')
  expect(cache.get('b', '/pub/x/')).toBe('/pub/x/')
  tell({ kind: 'user-deleted', userId: 1 })
  expect(cache.get('a', '/pub/y/')).toBeUndefined()
  expect(cache.get('b', '/pub/x/')).toBeUndefined()
})

test('what changed while it was read is not kept, nor is anything private', () => {
  const mark = cache.mark()
  change('a', '/pub/x/file')
  keep('a', '/pub/x/', 'old', mark)
  keep('a', '/priv/', 'secret')
  expect(cache.get('a', '/pub/x/')).toBeUndefined()
  expect(cache.get('a', '/priv/')).toBeUndefined()
})

test('holds a bounded number of pages of a user, and a bounded amount of text', () => {
  keep('b', '/pub/')
  for (let index = 0; index <= 64; index += 1) keep('a', `/pub/${index}/`)
  expect(cache.get('a', '/pub/0/')).toBeUndefined()
  expect(cache.get('a', '/pub/64/')).toBe('/pub/64/')
  expect(cache.get('b', '/pub/')).toBe('/pub/')
  const text = 'x'.repeat(9_000_000)
  keep('c', '/pub/', text)
  // Replacing a page is not adding one.
  keep('c', '/pub/', text)
  keep('d', '/pub/', text)
  expect(cache.get('b', '/pub/')).toBeUndefined()
  expect(cache.get('c', '/pub/')).toBeUndefined()
  expect(cache.get('d', '/pub/')).toBe(text)
})

test('keeps nothing over a store that others write to', () => {
  cache = new ListingCache({ isShared: true } as Store)
  keep('a', '/pub/')
  expect(cache.get('a', '/pub/')).toBeUndefined()
})
