import { expect, test } from 'vitest'
import type { Store } from '../store/store.ts'
import { toCookieSession } from './session.ts'
import { SessionCache } from './session-cache.ts'

// The cache asks its store for nothing else.
const store = { isShared: false, watch: () => () => undefined } as unknown as Store

function cacheOf(sessions: number, capabilities: string): SessionCache {
  const cache = new SessionCache(store)
  for (let id = 0; id < sessions; id += 1) {
    const record = { id, user: 'u', userId: 1, capabilities, createdAt: 0, expiresAt: 1 }
    cache.keep(`secret ${id}`, toCookieSession(record, new Uint8Array(32)), cache.revision)
  }
  return cache
}

test('a hundred thousand sessions are kept, and the oldest makes room for one more', () => {
  const cache = cacheOf(100_001, '/pub/app/:rw')
  expect(cache.get('secret 0')).toBeUndefined()
  expect(cache.get('secret 1')).toBeDefined()
  expect(cache.get('secret 100000')).toBeDefined()
})

test('sessions that may use many places count by these', () => {
  const places = Array.from({ length: 1000 }, (_, index) => `/pub/${1000 + index}:r`).join(',')
  const cache = cacheOf(300, places)
  const kept = Array.from({ length: 300 }, (_, id) => cache.get(`secret ${id}`)).filter((session) => session)
  expect(kept.length).toBeGreaterThan(200)
  expect(kept.length).toBeLessThan(250)
  expect(cache.get('secret 299')).toBeDefined()
})
