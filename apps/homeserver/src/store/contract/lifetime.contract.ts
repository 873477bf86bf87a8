import { expect, test } from 'vitest'
import { A, hex, NOW, type StoreBench } from './store-bench.contract.ts'

export function lifetimeContract(at: StoreBench): void {
  test('everything acknowledged is there after reopening', async () => {
    if (!at.isKept) return
    const a = await at.user(A)
    const commits = Array.from({ length: 50 }, (_, index) => at.write(a, `/pub/${index}`, index))
    await Promise.all(commits.map((commit) => at.store.commitWrite(commit)))
    await at.store.acquireLock({
      userId: a.id,
      path: '/pub/l',
      tokenHash: new Uint8Array(32),
      now: NOW,
      expiresAt: NOW + 100,
      maxPerUser: 1,
    })
    await at.store.spendProof('once', NOW, NOW + 100)
    const { installId } = at.store
    await at.reopen()
    expect(hex(at.store.installId)).toBe(hex(installId))
    for (const { path, inlineBody } of commits) {
      expect(hex((await at.store.readEntry(a.id, path))?.inlineBody)).toBe(hex(inlineBody))
    }
    expect(await at.store.findLock(a.id, '/pub/l', NOW + 50)).toBeDefined()
    expect(await at.store.spendProof('once', NOW + 1, NOW + 100)).toBe(false)
    expect(await at.store.latestEventId()).toBe(50)
  })

  test('a closed store refuses and closes twice', async () => {
    await at.store[Symbol.asyncDispose]()
    await expect(at.store.spendProof('x', 0, 1)).rejects.toMatchObject({ code: 'closed' })
    await at.store[Symbol.asyncDispose]()
  })
}
