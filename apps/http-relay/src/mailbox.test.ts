import { describe, expect, it } from 'vitest'
import { noArchive } from './archive.ts'
import { Mailbox } from './mailbox.ts'

const message = (text: string) => ({ body: new TextEncoder().encode(text), contentType: null })
const wait = { timeoutMs: 60_000, signal: new AbortController().signal }

function mailboxAt(now: number, maxEntries = 10) {
  const clock = { now }
  const mailbox = new Mailbox({ archive: noArchive, maxEntries, now: () => clock.now, onArchiveError: () => {} })
  return { clock, mailbox }
}

describe('Mailbox', () => {
  it('an entry counts as expired from its very millisecond on', async () => {
    const { clock, mailbox } = mailboxAt(0)
    await mailbox.post('a', message('x'), 1_000)
    clock.now = 999
    expect(mailbox.isAcknowledged('a')).toBe(false)
    clock.now = 1_000
    expect(mailbox.isAcknowledged('a')).toBeUndefined()
    expect(await mailbox.acknowledge('a')).toBe(false)
  })

  it('neither reading nor acknowledging extends a life', async () => {
    const { clock, mailbox } = mailboxAt(0)
    await mailbox.post('a', message('x'), 1_000)
    clock.now = 900
    await mailbox.read('a', wait)
    await mailbox.acknowledge('a')
    clock.now = 1_000
    expect(mailbox.isAcknowledged('a')).toBeUndefined()
  })

  it('the sweep sends away who waits on an entry that expired, and leaves who waits without one', async () => {
    const { clock, mailbox } = mailboxAt(0)
    await mailbox.post('a', message('x'), 1_000)
    const sender = mailbox.awaitAcknowledgement('a', wait)
    await mailbox.post('b', message('x'), 1_000)
    await mailbox.acknowledge('b')
    const readerOfExpired = mailbox.read('b', wait)
    const readerOfNothing = mailbox.read('c', wait)
    clock.now = 2_000
    mailbox.removeExpired()
    expect((await sender).kind).toBe('dropped')
    expect((await readerOfExpired).kind).toBe('dropped')
    expect([mailbox.size, mailbox.waiting]).toEqual([0, 1])
    await mailbox.post('c', message('y'), 1_000)
    expect((await readerOfNothing).kind).toBe('told')
  })

  it('replacing evicts nobody; a replaced entry is young again, an acknowledged one is not', async () => {
    const { mailbox } = mailboxAt(0, 2)
    await mailbox.post('a', message('1'), 1_000)
    await mailbox.post('b', message('2'), 1_000)
    await mailbox.post('a', message('3'), 1_000)
    expect(mailbox.size).toBe(2)
    await mailbox.acknowledge('b')
    await mailbox.post('c', message('4'), 1_000)
    expect([mailbox.isAcknowledged('a'), mailbox.isAcknowledged('b')]).toEqual([false, undefined])
  })

  it('who waits for an evicted entry keeps waiting', async () => {
    const { mailbox } = mailboxAt(0, 1)
    await mailbox.post('a', message('1'), 1_000)
    const sender = mailbox.awaitAcknowledgement('a', wait)
    await mailbox.post('b', message('2'), 1_000)
    expect(mailbox.waiting).toBe(1)
    await mailbox.post('a', message('3'), 1_000)
    expect((await sender).kind).toBe('dropped')
  })

  it('a post that cannot be stored leaves nothing behind, though whoever waited has it', async () => {
    const archive = { ...noArchive, store: () => Promise.reject(new Error('disk full')) }
    const mailbox = new Mailbox({ archive, maxEntries: 2, now: () => 0, onArchiveError: () => {} })
    const reader = mailbox.read('a', wait)
    await expect(mailbox.post('a', message('x'), 1_000)).rejects.toThrow('disk full')
    expect((await reader).kind).toBe('told')
    expect(mailbox.size).toBe(0)
  })

  it('no wait outlives the stop', async () => {
    const { mailbox } = mailboxAt(0)
    const early = mailbox.read('a', wait)
    mailbox.stopWaiting()
    expect([(await early).kind, (await mailbox.read('a', wait)).kind]).toEqual(['cancelled', 'cancelled'])
    expect(mailbox.waiting).toBe(0)
  })
})
