import { describe, expect, test } from 'vitest'
import type { QuotaOverrides, Store, UserRecord } from '../store.ts'
import { A, B, hex, NOW, type StoreBench, UNLIMITED } from './store-bench.contract.ts'

export function accountsContract(at: StoreBench): void {
  const { user, put } = at

  describe('accounts', () => {
    test('a key signs up once, also when it tries in parallel', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () =>
          at.store.createUser({ publicKey: A, key: undefined, tokenLookup: undefined, now: NOW }),
        ),
      )
      expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1)
      expect(outcomes.filter(({ outcome }) => outcome === 'user-exists')).toHaveLength(7)
      expect(await at.store.findUser(A)).toMatchObject({ publicKey: A, disabled: false, usedBytes: 0, createdAt: NOW })
      expect(await at.store.findUser(B)).toBeUndefined()
    })

    test('a sign-up token is redeemed once, gives its quota, and survives a failed sign-up', async () => {
      const lookup = new Uint8Array(32).fill(7)
      const quota = { ...UNLIMITED, storageMb: 5, allowedWritePaths: ['/pub/x/'] }
      await at.store.createSignupToken({ lookup, sealed: new Uint8Array([1]), createdAt: NOW, quota })
      await user(B)
      const again = { publicKey: B, key: undefined, tokenLookup: lookup, now: NOW + 1 }
      expect(await at.store.createUser(again)).toEqual({ outcome: 'user-exists' })
      expect((await at.store.findSignupToken(lookup))?.usedAt).toBeUndefined()
      const created = await at.store.createUser({ ...again, publicKey: A })
      expect(created).toMatchObject({ outcome: 'created', user: { quota } })
      expect(await at.store.createUser({ ...again, publicKey: 'c'.repeat(52) })).toEqual({ outcome: 'token-used' })
      expect(
        await at.store.createUser({ ...again, publicKey: 'c'.repeat(52), tokenLookup: new Uint8Array(32) }),
      ).toEqual({
        outcome: 'token-unknown',
      })
      expect(await at.store.findSignupToken(lookup)).toMatchObject({ usedAt: NOW + 1, usedBy: A, quota })
      expect(await at.store.listSignupTokens('unused')).toHaveLength(0)
      expect(await at.store.listSignupTokens('used')).toHaveLength(1)
      expect(await at.store.statistics()).toEqual({
        users: 2,
        disabledUsers: 0,
        usedBytes: 0,
        signupTokens: 1,
        unusedSignupTokens: 0,
      })
    })

    test('quota changes only from the value that was read', async () => {
      const a = await user(A)
      const next: QuotaOverrides = { ...UNLIMITED, storageMb: 'unlimited', rateRead: '1mb/s', rateReadBurst: 3 }
      expect(await at.store.replaceUserQuota(a.id, UNLIMITED, next)).toBe(true)
      expect(await at.store.replaceUserQuota(a.id, UNLIMITED, UNLIMITED)).toBe(false)
      expect((await at.store.findUser(A))?.quota).toEqual(next)
      expect(await at.store.replaceUserQuota(a.id, next, { ...next, allowedWritePaths: [] })).toBe(true)
      expect((await at.store.findUser(A))?.quota.allowedWritePaths).toEqual([])
      expect(await at.store.replaceUserQuota(99, UNLIMITED, next)).toBe(false)
    })

    test('lists users by creation or usage, both ways, filtered, page after page', async () => {
      const a = await user(A)
      const b = await user(B)
      const c = await user('c'.repeat(52))
      await put(a, '/pub/f', 100)
      await put(b, '/pub/f', 100)
      await put(c, '/pub/f', 50)
      await at.store.setUserDisabled(c.id, true)
      const list = async (changes: Partial<Parameters<Store['listUsers']>[0]>) => {
        const names: string[] = []
        let after: UserRecord | undefined
        for (;;) {
          const page = await at.store.listUsers({
            state: 'all',
            sortBy: 'createdAt',
            reverse: false,
            limit: 1,
            after,
            ...changes,
          })
          after = page.at(-1)
          if (after === undefined) return names.join('')
          names.push(...page.map(({ publicKey }) => publicKey.slice(0, 1)))
        }
      }
      expect(await list({ sortBy: 'usedBytes', reverse: true })).toBe('bac')
      expect(await list({ sortBy: 'usedBytes' })).toBe('cab')
      expect(await list({})).toBe('abc')
      expect(await list({ reverse: true, limit: 2 })).toBe('cba')
      expect(await list({ state: 'enabled' })).toBe('ab')
      expect(await list({ state: 'disabled' })).toBe('c')
    })

    test('cookie sessions of a user are listed until they expire, newest first', async () => {
      const [a, b] = [await user(A), await user(B)]
      const open = (userId: number, expiresAt: number, fill: number) =>
        at.store.createCookieSession({
          ...{ userId, secretHash: new Uint8Array(32).fill(fill), capabilities: '/:rw', createdAt: NOW, expiresAt },
        })
      const first = await open(a.id, NOW + 5, 1)
      await open(b.id, NOW + 5, 2)
      const second = await open(a.id, NOW + 9, 3)
      const listed = async (now: number) => (await at.store.liveCookieSessions(a.id, now)).map(({ id }) => id)
      expect(await listed(NOW)).toEqual([second, first])
      expect(await listed(NOW + 5)).toEqual([second])
      await at.store.revokeCookieSession(second ?? 0)
      expect(await listed(NOW + 5)).toEqual([])
    })

    test('cookie sessions are found by hash until revoked', async () => {
      const a = await user(A)
      const secretHash = new Uint8Array(32).fill(9)
      const id = await at.store.createCookieSession({
        userId: a.id,
        secretHash,
        capabilities: '/:rw',
        createdAt: NOW,
        expiresAt: NOW + 5,
      })
      expect(await at.store.findCookieSession(secretHash)).toEqual({
        id,
        userId: a.id,
        user: A,
        capabilities: '/:rw',
        createdAt: NOW,
        expiresAt: NOW + 5,
      })
      expect(await at.store.revokeCookieSession(id ?? 0)).toBe(true)
      expect(await at.store.revokeCookieSession(id ?? 0)).toBe(false)
      expect(await at.store.findCookieSession(secretHash)).toBeUndefined()
    })

    test('a proof is spent once, until it expires', async () => {
      const spent = await Promise.all(Array.from({ length: 9 }, () => at.store.spendProof('n', NOW, NOW + 10)))
      expect(spent.filter(Boolean)).toHaveLength(1)
      expect(await at.store.spendProof('n', NOW + 9, NOW + 20)).toBe(false)
      expect(await at.store.spendProof('n', NOW + 10, NOW + 20)).toBe(true)
    })

    test('a data key is remembered once', async () => {
      const a = await user(A)
      const key = { generation: 1, rootKeyId: new Uint8Array(8), wrapped: new Uint8Array([1]) }
      expect(await at.store.findUserKey(a.id, 1)).toBeUndefined()
      expect(hex((await at.store.rememberUserKey(a.id, key, NOW))?.wrapped)).toBe('01')
      const other = { ...key, wrapped: new Uint8Array([2]) }
      expect(hex((await at.store.rememberUserKey(a.id, other, NOW))?.wrapped)).toBe('01')
      expect(await at.store.rememberUserKey(99, key, NOW)).toBeUndefined()
    })

    test('settings are remembered once', async () => {
      const one = new Uint8Array([1])
      expect(hex(await at.store.rememberSetting('x', one))).toBe(hex(one))
      expect(hex(await at.store.rememberSetting('x', new Uint8Array([2])))).toBe(hex(one))
      expect(hex(await at.store.setting('x'))).toBe(hex(one))
      expect(await at.store.setting('y')).toBeUndefined()
      expect(at.store.installId).toHaveLength(16)
    })
  })
}
