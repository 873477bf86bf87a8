import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WaitingReaders } from './waiting-readers.ts'

/** A response whose reader takes a piece when the test says so. */
class Answer extends Writable {
  readonly headersSent = true
  #take: (() => void) | undefined

  constructor() {
    super({ highWaterMark: 10 })
  }

  override _write(_piece: Uint8Array, _encoding: BufferEncoding, taken: () => void): void {
    this.#take = taken
  }

  /** The reader takes what was written. */
  take(): void {
    this.#take?.()
  }
}

describe('WaitingReaders', () => {
  let readers: WaitingReaders
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    readers = new WaitingReaders()
  })
  afterEach(() => {
    readers[Symbol.dispose]()
    vi.useRealTimers()
  })

  /** An answer that its reader has not taken. */
  function stalled(client: string): Answer {
    const answer = new Answer()
    answer.write('twelve bytes')
    void readers.drained(answer, client)
    return answer
  }
  const stalledAnswers = (count: number, client: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => stalled(client(index)))
  const left = (answers: readonly Answer[]) => answers.filter(({ destroyed }) => !destroyed).length

  it('waits two minutes for one that takes nothing', async () => {
    const paused = stalled('a')
    vi.advanceTimersByTime(119_000)
    expect(paused.destroyed).toBe(false)
    vi.advanceTimersByTime(2_000)
    expect(paused.destroyed).toBe(true)
  })

  it('begins anew for one that takes a piece', async () => {
    const slow = stalled('a')
    for (let piece = 0; piece < 5; piece += 1) {
      vi.advanceTimersByTime(100_000)
      const over = readers.drained(slow, 'a')
      slow.take()
      await over
      slow.write('twelve bytes')
      void readers.drained(slow, 'a')
    }
    expect(slow.destroyed).toBe(false)
  })

  it('waits twelve seconds for a client with more than eight, and for nobody else', () => {
    const few = stalledAnswers(8, () => 'few')
    const many = stalledAnswers(9, () => 'many')
    vi.advanceTimersByTime(11_000)
    expect(left(many)).toBe(9)
    vi.advanceTimersByTime(2_000)
    expect(left(many)).toBe(0)
    expect(left(few)).toBe(8)
  })

  it('waits twelve seconds for all of them when there are more than a hundred', () => {
    const hundred = stalledAnswers(100, (index) => `client ${index}`)
    vi.advanceTimersByTime(13_000)
    expect(left(hundred)).toBe(100)
    stalled('one more')
    vi.advanceTimersByTime(13_000)
    expect(left(hundred)).toBe(0)
  })

  it('counts a part of what waits as nothing', async () => {
    const trickling = stalledAnswers(9, () => 'a')
    for (const answer of trickling) answer.write('more')
    vi.advanceTimersByTime(6_000)
    for (const answer of trickling) answer.take()
    await Promise.resolve()
    vi.advanceTimersByTime(7_000)
    expect(left(trickling)).toBe(0)
  })

  it('watches the end of an answer, too', () => {
    const ended = Array.from({ length: 9 }, () => new Answer())
    for (const answer of ended) {
      answer.end('twelve bytes')
      readers.ended(answer, 'a')
    }
    vi.advanceTimersByTime(13_000)
    expect(left(ended)).toBe(0)
  })

  it('does not wait for what was taken or is gone', async () => {
    const taken = stalled('a')
    const gone = stalled('a')
    const over = [readers.drained(taken, 'a'), readers.drained(gone, 'a')]
    taken.take()
    gone.destroy()
    await Promise.all(over)
    await readers.drained(taken, 'a')
    await readers.drained(gone, 'a')
    const ended = new Answer()
    ended.end()
    readers.ended(ended, 'a')
    vi.advanceTimersByTime(1_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('asks an answer once, however often it is waited for', () => {
    const answer = stalled('a')
    for (let piece = 0; piece < 20; piece += 1) {
      answer.write('more')
      void readers.drained(answer, 'a')
    }
    expect(answer.listenerCount('drain')).toBe(1)
  })
})
