import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Job, JobResult, WriteChannel } from './operations.ts'
import { WriteQueue } from './write-queue.ts'

/** A channel that answers when it is told to. */
class ManualChannel implements WriteChannel {
  readonly batches: { jobs: readonly Job[]; bytes: number; answer: PromiseWithResolvers<readonly JobResult[]> }[] = []

  send(jobs: readonly Job[], _: unknown, bytes: number): Promise<readonly JobResult[]> {
    const answer = Promise.withResolvers<readonly JobResult[]>()
    this.batches.push({ jobs, bytes, answer })
    return answer.promise
  }

  /** Answers the batch with its inputs. */
  commit(index: number): void {
    const batch = this.batches[index]
    batch?.answer.resolve(batch.jobs.map(({ input }) => ({ isDone: true, outcome: input })))
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function queueOn(channel: WriteChannel) {
  const committed: unknown[] = []
  const fatal: Error[] = []
  const queue = new WriteQueue(
    channel,
    ({ input }) => committed.push(input),
    (error) => fatal.push(error),
  )
  return { queue, committed, fatal }
}

describe('write queue', () => {
  test('a crowd shares a batch, the next crowd waits for it, answers come in order', async () => {
    const channel = new ManualChannel()
    const { queue, committed } = queueOn(channel)
    const settled: number[] = []
    const submit = (id: number) => queue.submit('revokeCookieSession', id).then(() => settled.push(id))
    const first = [1, 2, 3].map(submit)
    await nextTurn()
    const second = [4, 5].map(submit)
    await nextTurn()
    expect(channel.batches.map(({ jobs }) => jobs.length)).toEqual([3])
    expect(settled).toEqual([])
    channel.commit(0)
    await Promise.all(first)
    expect(settled).toEqual([1, 2, 3])
    expect(committed).toEqual([1, 2, 3])
    await nextTurn()
    expect(channel.batches.map(({ jobs }) => jobs.length)).toEqual([3, 2])
    channel.commit(1)
    await Promise.all(second)
    expect(committed).toEqual([1, 2, 3, 4, 5])
  })

  test('a batch has at most 256 jobs and 8 MiB of bodies; a larger body goes alone', async () => {
    const channel = new ManualChannel()
    const { queue } = queueOn(channel)
    const write = (size: number) => void queue.submit('spendProof', ['x', 0, 0], new Uint8Array(size))
    for (let count = 0; count < 300; count += 1) write(1)
    for (let count = 0; count < 3; count += 1) write(3_000_000)
    write(9_000_000)
    for (let index = 0; index < 5; index += 1) {
      await nextTurn()
      channel.commit(index)
    }
    await nextTurn()
    expect(channel.batches.map(({ jobs, bytes }) => [jobs.length, bytes])).toEqual([
      [256, 256],
      [46, 6_000_044],
      [1, 3_000_000],
      [1, 9_000_000],
    ])
  })

  test('one refused job refuses alone', async () => {
    const channel = new ManualChannel()
    const { queue, committed } = queueOn(channel)
    const one = queue.submit('revokeCookieSession', 1)
    const two = queue.submit('revokeCookieSession', 2)
    await nextTurn()
    channel.batches[0]?.answer.resolve([
      { isDone: false, reason: 'disk-full', message: 'full' },
      { isDone: true, outcome: true },
    ])
    await expect(one).rejects.toMatchObject({ code: 'disk-full' })
    expect(await two).toBe(true)
    expect(committed).toEqual([2])
  })

  test('a disk that failed a flush fails everybody, once and for all', async () => {
    const channel = new ManualChannel()
    const { queue, committed, fatal } = queueOn(channel)
    const sent = queue.submit('revokeCookieSession', 1)
    await nextTurn()
    const waiting = queue.submit('revokeCookieSession', 2)
    channel.batches[0]?.answer.reject(new Error('fsync failed'))
    await expect(sent).rejects.toMatchObject({ code: 'storage-failed' })
    await expect(waiting).rejects.toMatchObject({ code: 'storage-failed' })
    await expect(queue.submit('revokeCookieSession', 3)).rejects.toMatchObject({ code: 'storage-failed' })
    expect(fatal).toHaveLength(1)
    expect(committed).toEqual([])
    expect(channel.batches).toHaveLength(1)
    await queue.close()
  })

  test('closing waits for what was submitted and refuses the rest', async () => {
    const channel = new ManualChannel()
    const { queue } = queueOn(channel)
    const last = queue.submit('revokeCookieSession', 1)
    const closing = queue.close()
    await expect(queue.submit('revokeCookieSession', 2)).rejects.toMatchObject({ code: 'closed' })
    await nextTurn()
    channel.commit(0)
    await closing
    expect(await last).toBe(1)
    await queue.close()
  })
})
