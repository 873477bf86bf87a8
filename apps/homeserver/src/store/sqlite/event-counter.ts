import type { Connection } from './connection.ts'

/** Settings row with the highest event id given away while its events were deleted again. */
const HIGH_WATER = 'event-high-water'

/**
 * Ids and times of events, given out by the one writer: ids rise in commit order, are never reused, and times rise with
 * them, so that a time names one event (legacy cursors, spec 02 §11.1).
 */
export class EventCounter {
  readonly #remember
  #lastId: number
  #lastAt: number

  constructor(db: Connection) {
    const last = db.prepare<[], { id: number; at: number }>('SELECT id, at FROM events ORDER BY id DESC LIMIT 1').get()
    const highWater = db.prepare<[string], Buffer>('SELECT value FROM settings WHERE name = ?').pluck().get(HIGH_WATER)
    const remembered = highWater === undefined ? undefined : parseHighWater(highWater)
    this.#lastId = Math.max(last?.id ?? 0, remembered?.id ?? 0)
    this.#lastAt = Math.max(last?.at ?? 0, remembered?.at ?? 0)
    this.#remember = db.prepare<[string, Uint8Array]>(
      'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    )
  }

  /** Id of the newest event, 0 when there was none. */
  get lastId(): number {
    return this.#lastId
  }

  /** Id and time of the next event. */
  next(now: number): { readonly id: number; readonly at: number } {
    this.#lastId += 1
    this.#lastAt = Math.max(now, this.#lastAt + 1)
    return { id: this.#lastId, at: this.#lastAt }
  }

  /** To be called in a transaction that deletes events: a restart must not start below them. */
  remember(): void {
    this.#remember.run(HIGH_WATER, new TextEncoder().encode(JSON.stringify({ id: this.#lastId, at: this.#lastAt })))
  }
}

function parseHighWater(value: Uint8Array): { readonly id: number; readonly at: number } {
  const { id, at } = JSON.parse(new TextDecoder().decode(value))
  return { id: Number(id), at: Number(at) }
}
