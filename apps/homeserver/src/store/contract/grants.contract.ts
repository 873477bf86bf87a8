import { describe, expect, test } from 'vitest'
import type { UserRecord } from '../store.ts'
import { A, B, NOW, redemptionOf, type StoreBench } from './store-bench.contract.ts'

export function grantsContract(at: StoreBench): void {
  const { user } = at

  describe('grants', () => {
    const asked = (owner: UserRecord, hash = 0) => redemptionOf(owner, 'g1', new Uint8Array(32).fill(hash))
    const grant = (owner: UserRecord) => asked(owner).grant
    const redeem = (owner: UserRecord, hash: number, changes = {}, nowSeconds = 200) =>
      at.store.redeemGrant({ ...asked(owner, hash), grant: { ...grant(owner), ...changes }, nowSeconds })
    const bearer = (hash: number) => at.store.findBearer(new Uint8Array(32).fill(hash))

    test('an exchange stores the grant and replaces the bearer', async () => {
      const a = await user(A)
      expect(await redeem(a, 1)).toEqual({ outcome: 'redeemed', grant: { ...grant(a), revokedAtSeconds: undefined } })
      expect(await bearer(1)).toMatchObject({ expiresAtSeconds: 900, grant: { id: 'g1', user: A } })
      await redeem(a, 2, { createdAt: NOW + 5 })
      expect(await bearer(1)).toBeUndefined()
      expect((await bearer(2))?.grant.createdAt).toBe(NOW)
      expect(await at.store.liveGrants(a.id, 999)).toHaveLength(1)
      expect(await at.store.liveGrants(a.id, 1_000)).toHaveLength(0)
    })

    test('of more grants than fit a listing, it has the newest', async () => {
      const a = await user(A)
      const indices = Array.from({ length: 1_001 }, (_, index) => index)
      await Promise.all(
        indices.map((index) => {
          const redemption = redemptionOf(a, `g${index}`, Buffer.alloc(32, `${index}.`))
          const grant = { ...redemption.grant, createdAt: NOW + index }
          return at.store.redeemGrant({ ...redemption, grant, nowSeconds: 200 })
        }),
      )
      const listed = (await at.store.liveGrants(a.id, 200)).map(({ id }) => id)
      expect(listed).toEqual(
        indices
          .slice(1)
          .reverse()
          .map((index) => `g${index}`),
      )
    })

    test('a grant id is bound to its claims', async () => {
      const a = await user(A)
      const b = await user(B)
      await redeem(a, 1)
      expect(await redeem(b, 2)).toEqual({ outcome: 'id-in-use' })
      for (const change of [
        { clientId: 'other' },
        { clientKey: 'z'.repeat(52) },
        { capabilities: '/:rw' },
        { issuedAtSeconds: 101 },
        { expiresAtSeconds: 1_001 },
      ]) {
        expect(await redeem(a, 3, change)).toEqual({ outcome: 'id-in-use' })
      }
      expect((await bearer(1))?.grant).toMatchObject({ user: A, capabilities: '/pub/:rw' })
      expect(await bearer(2)).toBeUndefined()
      expect(await bearer(3)).toBeUndefined()
    })

    test('revoking ends grant and bearer for good', async () => {
      const a = await user(A)
      await redeem(a, 1)
      expect(await at.store.revokeGrant('g1', 300)).toBe(true)
      expect(await at.store.revokeGrant('g1', 400)).toBe(true)
      expect(await at.store.revokeGrant('none', 400)).toBe(false)
      expect(await bearer(1)).toBeUndefined()
      expect((await at.store.findGrant('g1'))?.revokedAtSeconds).toBe(300)
      expect(await redeem(a, 2)).toEqual({ outcome: 'revoked' })
      expect(await at.store.liveGrants(a.id, 200)).toHaveLength(0)
    })

    test('of parallel exchanges one bearer survives; none survives its revocation', async () => {
      const a = await user(A)
      await Promise.all(Array.from({ length: 20 }, (_, index) => redeem(a, index + 1)))
      const live = await Promise.all(Array.from({ length: 20 }, (_, index) => bearer(index + 1)))
      expect(live.filter((found) => found !== undefined)).toHaveLength(1)
      await Promise.all([redeem(a, 30), at.store.revokeGrant('g1', 300), redeem(a, 31)])
      expect([await bearer(30), await bearer(31)]).toEqual([undefined, undefined])
    })

    test('grants of a deleted account are none of the next account of that user', async () => {
      const a = await user(A)
      await redeem(a, 1)
      await redeem(a, 2, { id: 'g2' })
      await at.store.revokeGrant('g2', 300)
      await at.store.deleteUser(a.id, NOW)
      expect(await bearer(1)).toBeUndefined()
      const again = await user(A)
      for (const id of ['g1', 'g2']) expect(await redeem(again, 3, { id })).toEqual({ outcome: 'id-in-use' })
      expect(await at.store.findGrant('g1')).toBeUndefined()
      expect(await redeem(again, 4, { id: 'g3' })).toMatchObject({ outcome: 'redeemed' })
    })

    test('an expired grant is not exchanged', async () => {
      const a = await user(A)
      expect(await redeem(a, 1, {}, 1_000)).toEqual({ outcome: 'expired' })
      expect(await at.store.findGrant('g1')).toBeUndefined()
      await redeem(a, 1)
      expect(await redeem(a, 2, {}, 1_000)).toEqual({ outcome: 'expired' })
    })
  })
}
