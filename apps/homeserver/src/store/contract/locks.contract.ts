import { describe, expect, test } from 'vitest'
import type { UserRecord } from '../store.ts'
import { A, B, hex, logOf, NOW, type StoreBench } from './store-bench.contract.ts'

export function locksContract(at: StoreBench): void {
  const { user, put } = at

  describe('locks', () => {
    const hash = (value: number) => new Uint8Array(32).fill(value)
    const acquire = (owner: UserRecord, path: string, token: number, expiresAt = NOW + 100, now = NOW) =>
      at.store.acquireLock({ userId: owner.id, path, tokenHash: hash(token), now, expiresAt, maxPerUser: 3 })

    test('one of many at once gets it; a dead one is taken over', async () => {
      const a = await user(A)
      const outcomes = await Promise.all(Array.from({ length: 8 }, (_, index) => acquire(a, '/pub/l', index)))
      expect(outcomes.filter((outcome) => outcome === 'granted')).toHaveLength(1)
      expect(await acquire(a, '/pub/l', 50, NOW + 300, NOW + 100)).toBe('granted')
      expect(hex(await at.store.findLock(a.id, '/pub/l', NOW + 200))).toBe(hex(hash(50)))
      expect(await at.store.findLock(a.id, '/pub/l', NOW + 300)).toBeUndefined()
    })

    test('extend by token only, longer or exactly; release once', async () => {
      const a = await user(A)
      await acquire(a, '/pub/l', 1)
      const extend = (tokens: number[], expiresAt: number, keepLonger: boolean, now = NOW) =>
        at.store.extendLock({ userId: a.id, path: '/pub/l', tokenHashes: tokens.map(hash), now, expiresAt, keepLonger })
      expect(await extend([9], NOW + 500, false)).toBeUndefined()
      expect(await extend([9, 1], NOW + 50, true)).toBe(1)
      expect(await at.store.findLock(a.id, '/pub/l', NOW + 60)).toBeDefined()
      expect(await extend([1], NOW + 50, false)).toBe(0)
      expect(await at.store.findLock(a.id, '/pub/l', NOW + 60)).toBeUndefined()
      expect(await extend([1], NOW + 500, false, NOW + 60)).toBeUndefined()
      expect(await at.store.releaseLock(a.id, '/pub/l', hash(2))).toBe(false)
      expect(await at.store.releaseLock(a.id, '/pub/l', hash(1))).toBe(true)
      expect(await at.store.releaseLock(a.id, '/pub/l', hash(1))).toBe(false)
    })

    test('a user holds a bounded number; dead ones do not count', async () => {
      const a = await user(A)
      const b = await user(B)
      for (const path of ['/pub/1', '/pub/2', '/pub/3']) expect(await acquire(a, path, 1)).toBe('granted')
      expect(await acquire(a, '/pub/4', 1)).toBe('too-many')
      expect(await acquire(b, '/pub/4', 1)).toBe('granted')
      expect(await acquire(a, '/pub/4', 1, NOW + 300, NOW + 100)).toBe('granted')
    })

    test('a write under a lost lock is not published', async () => {
      const a = await user(A)
      await put(a, '/pub/l', 3)
      await acquire(a, '/pub/l', 1)
      expect(await put(a, '/pub/l', 5, { lockTokenHash: hash(1) })).toBe('written')
      expect(await put(a, '/pub/l', 7, { lockTokenHash: hash(2) })).toBe('lock-lost')
      expect(await put(a, '/pub/l', 7, { lockTokenHash: hash(1), now: NOW + 100 })).toBe('lock-lost')
      expect(await put(a, '/pub/l', 9)).toBe('written')
      await at.store.releaseLock(a.id, '/pub/l', hash(1))
      const deletion = { userId: a.id, path: '/pub/l', lockTokenHash: hash(1), precondition: undefined, now: NOW }
      expect(await at.store.commitDelete(deletion)).toEqual({ outcome: 'lock-lost' })
      expect((await at.store.findEntry(a.id, '/pub/l'))?.contentLength).toBe(9)
      expect(await logOf(at.store)).toHaveLength(3)
    })
  })
}
