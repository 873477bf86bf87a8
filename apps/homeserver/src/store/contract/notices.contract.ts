import { describe, expect, test } from 'vitest'
import type { StoreNotice } from '../store.ts'
import { A, B, NOW, type StoreBench } from './store-bench.contract.ts'

export function noticesContract(at: StoreBench): void {
  const { user, put, remove } = at

  describe('notices', () => {
    test('tell what was committed, in commit order, before the write resolves', async () => {
      const a = await user(A)
      const told: StoreNotice[] = []
      const stop = at.store.watch((notice) => told.push(notice))
      const count = () => told.length
      const one = put(a, '/pub/1').then(count)
      const refused = put(a, '/pub/1/x').then(count)
      const two = remove(a, '/pub/1').then(count)
      const three = put(a, '/priv/2').then(count)
      expect((await one) >= 1 && (await two) >= 2 && (await three) >= 3).toBe(true)
      await refused
      await at.store.setUserDisabled(a.id, true)
      const id = await at.store.createCookieSession({
        userId: a.id,
        secretHash: new Uint8Array(32),
        capabilities: '',
        createdAt: 1,
        expiresAt: 2,
      })
      await at.store.revokeCookieSession(id ?? 0)
      await at.store.revokeCookieSession(id ?? 0)
      await at.store.deleteUser(a.id, NOW)
      expect(told.map((notice) => (notice.kind === 'event' ? notice.event.id : notice.kind))).toEqual([
        1,
        2,
        3,
        'user-changed',
        'cookie-session-revoked',
        'user-deleted',
      ])
      while (!(await at.store.sweepDeletedUsers(10, NOW)).done) {}
      stop()
      await user(B)
      expect(told.length).toBe(6)
    })
  })
}
