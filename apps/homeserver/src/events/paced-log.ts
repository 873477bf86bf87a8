import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StreamLog } from './stream-run.ts'

/** How long all streams together read the log before everything else gets its turn, in milliseconds. */
const TURN_MS = 1

/**
 * The log as streams read it: one after the other and a little at a time, because reading may be synchronous underneath
 * and a hundred followers that catch up must not make requests wait.
 * @param report told how long each read took
 */
export function paced(log: StreamLog, report: ((ms: number) => void) | undefined): StreamLog {
  let turn = Promise.resolve()
  let turnBegan = 0
  const takeTurn = async (before: Promise<void>) => {
    await before
    if (performance.now() - turnBegan < TURN_MS) return
    await nextTurn()
    turnBegan = performance.now()
  }
  const inTurn = async <Answer>(read: () => Promise<Answer>): Promise<Answer> => {
    turn = takeTurn(turn)
    await turn
    const startedAt = performance.now()
    try {
      return await read()
    } finally {
      report?.(performance.now() - startedAt)
    }
  }
  return {
    isShared: log.isShared,
    latestEventId: () => log.latestEventId(),
    events: (walk, limit) => inTurn(() => log.events(walk, limit)),
    eventIdAhead: (walk, count) => inTurn(() => log.eventIdAhead(walk, count)),
  }
}
