import type { Notices } from '../notices.ts'
import { EVENT_COLUMNS, type EventRow, fromEventRow } from '../rows.ts'
import type { EventRecord, StoreNotice } from '../store.ts'
import type { Database, StoreLog } from './database.ts'
import { parseNotice } from './notice-row.ts'
import type { CommittedBatch, Marks } from './write-channel.ts'

/** Events or notices read at a time. */
const PAGE = 500

const TAIL = 'SELECT event_id AS event, notice_id AS notice FROM tail'
const EVENTS = `SELECT ${EVENT_COLUMNS} FROM events v JOIN users u ON u.id = v.user_id
  WHERE v.id > $1 ORDER BY v.id LIMIT ${PAGE}`
const NOTICES = `SELECT id, after_event, kind, subject FROM notices WHERE id > $1 ORDER BY id LIMIT ${PAGE}`

/** A row of the notices. */
type NoticeRow = [id: number, afterEvent: number, kind: string, subject: string]

/**
 * Tells everything that is committed, by this instance or another, in the order of commit and each thing once. There
 * are two ways to learn of it, the answers of the own writer and reading the log; one mark is shared by both, and
 * whatever lies at or below it has been told.
 */
export class LogFollower {
  readonly #db: Database
  readonly #notices: Notices
  readonly #log: StoreLog
  #told: Marks
  #reading: Promise<void> | undefined

  private constructor(db: Database, notices: Notices, log: StoreLog, told: Marks) {
    this.#db = db
    this.#notices = notices
    this.#log = log
    this.#told = told
  }

  /** Starts at what is committed now. */
  static async start(db: Database, notices: Notices, log: StoreLog): Promise<LogFollower> {
    const tail = await db.row<Marks>(TAIL, [])
    return new LogFollower(db, notices, log, tail ?? { event: 0, notice: 0 })
  }

  /** Tells a batch of the own writer, and before it what others committed. @throws DatabaseFailure */
  async tellBatch({ before, after, jobs, outcomes }: CommittedBatch): Promise<void> {
    const isNext = this.#told.event === before.event && this.#told.notice === before.notice
    if (!isNext) return this.catchUp(after)
    this.#told = after
    for (const [index, job] of jobs.entries()) this.#notices.tell(job, outcomes[index])
  }

  /** Reads and tells until `target` has been told; without it, until nothing is left. @throws DatabaseFailure */
  async catchUp(target: Marks | undefined): Promise<void> {
    for (;;) {
      if (target !== undefined && this.#told.event >= target.event && this.#told.notice >= target.notice) return
      // A reading on its way may have begun before what is asked for was committed.
      const isOthers = this.#reading !== undefined
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined
      })
      await this.#reading
      if (target === undefined && !isOthers) return
    }
  }

  /** Tells what is new soon, if the database can be asked; whatever is missed waits for the next wake. */
  wake(): void {
    this.catchUp(undefined).catch((error: Error) => {
      this.#log.warn({ reason: error.message }, 'commits of other instances could not be read')
    })
  }

  /** One pass over what is new. */
  async #read(): Promise<void> {
    for (;;) {
      const from = this.#told
      // In this order: everything the tail counts is in the events, and every notice that an event follows is read.
      const tail = await this.#db.row<Marks>(TAIL, [])
      if (tail === undefined || (tail.event <= this.#told.event && tail.notice <= this.#told.notice)) return
      const events = (await this.#db.arrays<EventRow>(EVENTS, [from.event])).map(fromEventRow)
      const notices = await this.#db.arrays<NoticeRow>(NOTICES, [from.notice])
      const lastRead = events.at(-1)?.id ?? from.event
      // Events of deleted accounts are gone, so the last one read may lie below the tail.
      const covered = events.length === PAGE ? lastRead : Math.max(lastRead, tail.event)
      if (notices[0] !== undefined && notices[0][0] > from.notice + 1)
        this.#lose('notices were removed before they were read')
      this.#tell(
        events,
        notices.filter(([, afterEvent]) => afterEvent <= covered),
        covered,
      )
    }
  }

  #tell(events: readonly EventRecord[], notices: readonly NoticeRow[], covered: number): void {
    let next = 0
    for (const [id, afterEvent, kind, subject] of notices) {
      for (; next < events.length; next += 1) {
        const event = events[next]
        if (event === undefined || event.id > afterEvent) break
        this.#tellEvent(event)
      }
      if (id <= this.#told.notice) continue
      this.#told = { event: Math.max(this.#told.event, afterEvent), notice: id }
      const notice = parseNotice(kind, subject)
      if (notice === undefined) this.#log.warn({ kind }, 'a notice of another instance was not understood')
      else this.#notices.tellOne(notice)
    }
    for (const event of events.slice(next)) this.#tellEvent(event)
    this.#told = { event: Math.max(this.#told.event, covered), notice: this.#told.notice }
  }

  #tellEvent(event: EventRecord): void {
    if (event.id <= this.#told.event) return
    this.#told = { event: event.id, notice: this.#told.notice }
    this.#notices.tellOne({ kind: 'event', event })
  }

  #lose(reason: string): void {
    this.#log.warn({ reason }, 'notices of other instances were lost')
    this.#notices.tellOne({ kind: 'notices-lost' } satisfies StoreNotice)
  }
}
