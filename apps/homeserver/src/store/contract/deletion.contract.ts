import { describe, expect, test } from 'vitest'
import type { QuotaOverrides } from '../store.ts'
import { A, B, logOf, NOW, type StoreBench, UNLIMITED } from './store-bench.contract.ts'

export function deletionContract(at: StoreBench): void {
  const { user, write, put, remove } = at

  describe('deleting an account', () => {
    async function sweep() {
      const events = []
      const orphans = []
      for (;;) {
        const step = await at.store.sweepDeletedUsers(2, NOW + 50)
        events.push(...step.events)
        orphans.push(...step.orphans)
        if (step.done) return { events, orphans }
      }
    }

    test('takes everything away, tells what was public, and frees the key', async () => {
      const a = await user(A)
      const b = await user(B)
      const key = { generation: 1, rootKeyId: new Uint8Array(8), wrapped: new Uint8Array(60) }
      const created = await at.store.createUser({ publicKey: 'c'.repeat(52), key, tokenLookup: undefined, now: NOW })
      const c = created.outcome === 'created' ? created.user : a
      expect((await at.store.findUserKey(c.id, 1))?.wrapped).toHaveLength(60)
      const secretHash = new Uint8Array(32).fill(1)
      await at.store.createCookieSession({
        userId: c.id,
        secretHash,
        capabilities: '',
        createdAt: 1,
        expiresAt: NOW * 2,
      })
      for (const path of ['/pub/1', '/pub/2', '/priv/3', '/pub/4', '/pub/5']) await put(c, path)
      const blobId = 'f'.repeat(32)
      await put(c, '/pub/6', 9, { body: { blobId, place: 'blob', keyGeneration: 1 }, inlineBody: undefined })
      await remove(c, '/pub/5')
      await put(b, '/pub/kept')

      expect(await at.store.deleteUser(c.id, NOW + 10)).toBe(true)
      expect(await at.store.deleteUser(c.id, NOW + 10)).toBe(false)
      expect(await at.store.findUser(c.publicKey)).toBeUndefined()
      expect(await at.store.findUserKey(c.id, 1)).toBeUndefined()
      expect(await at.store.findCookieSession(secretHash)).toBeUndefined()
      expect(await put(c, '/pub/7')).toBe('user-unknown')

      const { events, orphans } = await sweep()
      expect(events.map(({ type, path, user: owner }) => [type, path, owner])).toEqual(
        ['/pub/1', '/pub/2', '/pub/4', '/pub/6'].map((path) => ['DEL', path, c.publicKey]),
      )
      expect(orphans).toEqual([blobId])
      expect(await at.store.entryTotals(c.id)).toEqual({ entries: 0, contentBytes: 0 })
      const left = await logOf(at.store)
      expect(left.map(({ type, path }) => [type, path])).toEqual([
        ['PUT', '/pub/kept'],
        ...['/pub/1', '/pub/2', '/pub/4', '/pub/6'].map((path) => ['DEL', path]),
      ])
      expect((await at.store.statistics()).users).toBe(2)
      expect((await at.store.findUser(B))?.usedBytes).toBe(259)

      const again = await user(c.publicKey)
      expect(again.id).not.toBe(c.id)
      expect(await at.store.entryTotals(again.id)).toEqual({ entries: 0, contentBytes: 0 })
    })

    test('what the operator decided about a key outlives its account', async () => {
      const quota = { ...UNLIMITED, storageMb: 5, rateRead: '1mb/s', rateReadBurst: 3, allowedWritePaths: ['/pub/x/'] }
      const tokenOf = async (fill: number, quotaOfToken: QuotaOverrides) => {
        const lookup = new Uint8Array(32).fill(fill)
        await at.store.createSignupToken({ lookup, sealed: new Uint8Array([1]), createdAt: NOW, quota: quotaOfToken })
        return lookup
      }
      /** Deletes the account and signs up again. */
      const comeBack = async (tokenLookup: Uint8Array | undefined) => {
        const former = await at.store.findUser(A)
        await at.store.deleteUser(former?.id ?? 0, NOW)
        const created = await at.store.createUser({ publicKey: A, key: undefined, tokenLookup, now: NOW })
        const user = created.outcome === 'created' ? created.user : undefined
        expect(user).toEqual(await at.store.findUser(A))
        expect(user?.id).not.toBe(former?.id)
        return { disabled: user?.disabled, quota: user?.quota }
      }
      const a = await user(A)
      await at.store.setUserDisabled(a.id, true)
      await at.store.replaceUserQuota(a.id, UNLIMITED, quota)
      expect(await comeBack(undefined)).toEqual({ disabled: true, quota })
      expect(await comeBack(await tokenOf(1, UNLIMITED))).toEqual({ disabled: true, quota })
      // A token with limits is the later decision.
      const later = { ...UNLIMITED, storageMb: 7 }
      expect(await comeBack(await tokenOf(2, later))).toEqual({ disabled: true, quota: later })
      const enabled = await at.store.findUser(A)
      await at.store.setUserDisabled(enabled?.id ?? 0, false)
      expect(await comeBack(undefined)).toEqual({ disabled: false, quota: later })
      expect(await user(B)).toMatchObject({ disabled: false, quota: UNLIMITED })
    })

    test('event ids are not reused after a restart, even if the newest events are gone', async () => {
      const a = await user(A)
      await put(a, '/priv/1')
      await put(a, '/priv/2')
      await at.store.deleteUser(a.id, NOW)
      await sweep()
      await at.reopen()
      const b = await user(B)
      const done = await at.store.commitWrite(write(b, '/pub/x'))
      expect(done).toMatchObject({ outcome: 'written', event: { id: 3 } })
    })
  })
}
