import type { Notices } from '../notices.ts'
import { EVENT_COLUMNS, type EventRow, fromEventRow } from '../rows.ts'
import type { EventRecord } from '../store.ts'
import { type Database, DatabaseFailure, type StoreLog } from './database.ts'
import { parseNotice } from './notice-row.ts'
import type { CommittedBatch, Marks } from './write-channel.ts'

/** Events or notices read at a time. */
const PAGE = 500
const RETRY_MS = 1_000

const TAIL = 'SELECT event_id AS event, notice_id AS notice FROM tail'
/** One statement sees one state of the database: every event that the tail counts, every notice that an event follows. */
const NEWS = `SELECT event_id AS event, notice_id AS notice,
    coalesce((SELECT json_agg(json_build_array(id, user_id, public_key, path, content_hash, at) ORDER BY id) FROM (
      SELECT ${EVENT_COLUMNS} FROM events v JOIN users u ON u.id = v.user_id
      WHERE v.id > $1 ORDER BY v.id LIMIT ${PAGE}) AS new_events), '[]') AS events,
    coalesce((SELECT json_agg(json_build_array(id, after_event, kind, subject) ORDER BY id) FROM (
      SELECT id, after_event, kind, subject FROM notices
      WHERE id > $2 ORDER BY id LIMIT ${PAGE}) AS new_notices), '[]') AS notices
  FROM tail`

/** A row of the notices. */
type NoticeRow = [id: number, afterEvent: number, kind: string, subject: string]

/** What {@link NEWS} answers. */
interface News extends Marks {
  readonly events: readonly EventRow[]
  readonly notices: readonly NoticeRow[]
}

/**
 * Tells everything that is committed, by this instance or another, in the order of commit and each thing once. There
 * are two ways to learn of it, the answers of the own writer and reading the log; one mark is shared by both, and
 * whatever lies at or below it has been told.
 */
export class LogFollower implements Disposable {
  readonly #db: Database
  readonly #notices: Notices
  readonly #log: StoreLog
  #told: Marks
  #reading: Promise<void> | undefined
  /** Something may have been committed after the reading on its way began. */
  #isStale: boolean = false
  #retry: NodeJS.Timeout | undefined
  #isClosed: boolean = false

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
    if (!isNext) return this.#catchUp(after)
    this.#told = after
    for (const [index, job] of jobs.entries()) this.#notices.tell(job, outcomes[index])
  }

  /**
   * Tells what is new, soon. What cannot be read now is tried again; told late, but told.
   * @param upTo what is known to be committed, undefined when nobody knows
   */
  wake(upTo: Marks | undefined): void {
    if (upTo !== undefined && reaches(this.#told, upTo)) return
    if (this.#reading !== undefined) this.#isStale = true
    else this.#read().catch(() => {})
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
  }

  /** Reads and tells until `target` has been told. @throws DatabaseFailure */
  async #catchUp(target: Marks): Promise<void> {
    while (!reaches(this.#told, target)) await this.#read()
  }

  #retryLater(error: unknown): void {
    if (this.#isClosed) return
    const reason = error instanceof Error ? error.message : String(error)
    this.#log.warn({ reason }, 'commits of other instances could not be read')
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.wake(undefined), RETRY_MS)
  }

  /** Tells what is new; several callers share one reading. */
  #read(): Promise<void> {
    this.#reading ??= this.#readAll()
    return this.#reading
  }

  async #readAll(): Promise<void> {
    try {
      do {
        this.#isStale = false
        while (await this.#readPage()) {}
      } while (this.#isStale)
    } catch (error) {
      this.#retryLater(error)
      throw error
    } finally {
      this.#reading = undefined
    }
  }

  /** One page of what is new. Answers whether there is more. */
  async #readPage(): Promise<boolean> {
    const from = this.#told
    const news = await this.#db.row<News>(NEWS, [from.event, from.notice])
    if (news === undefined) throw new DatabaseFailure('storage-failed', 'database: the tail of the log is gone', true)
    if (!reaches(news, from)) return this.#goBack(news)
    const firstNotice = news.notices[0]?.[0]
    if (firstNotice !== undefined && firstNotice > from.notice + 1) {
      this.#lose('notices were removed before this instance read them')
    }
    this.#tell(news.events.map(fromEventRow), news.notices, coveredBy(news, from))
    return !reaches(this.#told, news)
  }

  /** Commits that were told are gone: the database was restored, or replaced by a copy that was behind. */
  #goBack({ event, notice }: Marks): false {
    this.#lose('the database has lost commits it acknowledged')
    this.#told = { event, notice }
    return false
  }

  #lose(reason: string): void {
    this.#log.error({}, reason)
    this.#notices.tellOne({ kind: 'notices-lost' })
  }

  #tell(events: readonly EventRecord[], notices: readonly NoticeRow[], covered: number): void {
    const told = events.filter(({ id }) => id <= covered)
    let next = 0
    for (const [id, afterEvent, kind, subject] of notices) {
      if (afterEvent > covered) break
      for (let event = told[next]; event !== undefined && event.id <= afterEvent; event = told[++next]) {
        this.#tellEvent(event)
      }
      if (id <= this.#told.notice) continue
      this.#told = { event: Math.max(this.#told.event, afterEvent), notice: id }
      const notice = parseNotice(kind, subject)
      if (notice === undefined) this.#log.warn({ kind }, 'a notice of another instance was not understood')
      else this.#notices.tellOne(notice)
    }
    for (const event of told.slice(next)) this.#tellEvent(event)
    this.#told = { event: Math.max(this.#told.event, covered), notice: this.#told.notice }
  }

  #tellEvent(event: EventRecord): void {
    if (event.id <= this.#told.event) return
    this.#told = { event: event.id, notice: this.#told.notice }
    this.#notices.tellOne({ kind: 'event', event })
  }
}

/** The id up to which every event and every notice that it follows is in hand. */
function coveredBy({ events, notices, event }: News, from: Marks): number {
  const lastRead = events.at(-1)?.[0] ?? from.event
  // Events of deleted accounts are gone, so the last one of all may lie below the tail.
  const ofEvents = events.length === PAGE ? lastRead : Math.max(lastRead, event)
  const lastNotice = notices.at(-1)
  return lastNotice !== undefined && notices.length === PAGE ? Math.min(ofEvents, lastNotice[1]) : ofEvents
}

function reaches(told: Marks, target: Marks): boolean {
  return told.event >= target.event && told.notice >= target.notice
}
