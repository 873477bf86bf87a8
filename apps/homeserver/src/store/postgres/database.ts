import pg from 'pg'
import { HomeserverError } from '../../error.ts'

/** Where messages for the operator go. */
export interface StoreLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** The schema that holds everything of ours; other schemas of the database are never touched. */
export const SCHEMA = 'pubky_core'

/** How long a connection may take to be made, and a statement to be answered, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 30_000
/** The server gives up first; beyond this its silence counts as a lost connection. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 10_000

/**
 * Settings of each connection. Every question has its index, so plans must not depend on what the statistics of a new
 * database say; isolation and durability must not depend on what is configured elsewhere.
 */
const SESSION = [
  `search_path=${SCHEMA}`,
  'default_transaction_isolation=read\\ committed',
  'default_transaction_read_only=off',
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'jit=off',
  `statement_timeout=${STATEMENT_TIMEOUT_MS}`,
]

/** A parameter or a value of a row. */
export type Value = string | number | boolean | Uint8Array | readonly string[] | null

/** What a lost connection or a full disk looks like to the rest of the server. */
type Failure = 'disk-full' | 'storage-failed'

/**
 * A database that refused a statement or could not be asked. `isRefusal`: it said no to what the statement holds;
 * otherwise it is the database that fails, and nobody may know whether the statement was committed.
 */
export class DatabaseFailure extends HomeserverError {
  readonly isRefusal: boolean

  constructor(code: Failure, message: string, isRefusal: boolean) {
    super(code, message)
    this.isRefusal = isRefusal
  }
}

/** @throws HomeserverError `storage-failed` when the text is no address; the message does not repeat its password */
export function connectionConfig(url: string): pg.ClientConfig {
  let address: URL
  try {
    address = new URL(url)
  } catch {
    throw new HomeserverError('storage-failed', 'database_url is not a URL')
  }
  // `sslmode` as every other PostgreSQL client reads it, not with the stricter reading of this library.
  if (!address.searchParams.has('uselibpqcompat')) address.searchParams.set('uselibpqcompat', 'true')
  // What the operator sets comes first, so that ours holds.
  const options = [address.searchParams.get('options') ?? '', ...SESSION.map((setting) => `-c ${setting}`)].join(' ')
  address.searchParams.delete('options')
  return {
    connectionString: address.href,
    application_name: 'pubky-homeserver',
    options,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser },
  }
}

/** Connections to one database, made when needed and replaced when lost. */
export class Database implements AsyncDisposable {
  readonly #pool: pg.Pool
  readonly #names = new Map<string, string>()
  #closing: Promise<void> | undefined

  /** @param maxConnections held at the same time; more questions wait in line */
  constructor(url: string, maxConnections: number, log: StoreLog) {
    this.#pool = new pg.Pool({ ...connectionConfig(url), max: maxConnections, idleTimeoutMillis: 0 })
    // A connection lost while nobody used it: the next question makes a new one.
    this.#pool.on('error', (error) => {
      if (this.#closing === undefined) log.warn({ reason: error.message }, 'a database connection was lost')
    })
  }

  /**
   * Asks one prepared statement, rows as objects.
   * @throws HomeserverError `closed`; DatabaseFailure
   */
  async rows<Row extends object>(text: string, values: readonly Value[]): Promise<readonly Row[]> {
    const { rows } = await this.#ask(() =>
      this.#pool.query<Row>({ name: this.#nameOf(text), text, values: [...values] }),
    )
    return rows
  }

  /** The first row of {@link rows}. */
  async row<Row extends object>(text: string, values: readonly Value[]): Promise<Row | undefined> {
    return (await this.rows<Row>(text, values))[0]
  }

  /** Asks one prepared statement, rows as arrays: cheaper where there are many. */
  async arrays<Row extends unknown[]>(text: string, values: readonly Value[]): Promise<readonly Row[]> {
    const { rows } = await this.#ask(() =>
      this.#pool.query<Row>({ name: this.#nameOf(text), text, values: [...values], rowMode: 'array' }),
    )
    return rows
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#pool.end()
    return this.#closing
  }

  async #ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    if (this.#closing !== undefined) throw new HomeserverError('closed', 'the store is closed')
    try {
      return await question()
    } catch (error) {
      throw failureOf(error)
    }
  }

  /** Prepared statements are known by name on each connection. */
  #nameOf(text: string): string {
    let name = this.#names.get(text)
    if (name === undefined) {
      name = `q${this.#names.size}`
      this.#names.set(text, name)
    }
    return name
  }
}

/** SQLSTATE of a full disk, and of what is no fault of the statement: connections, resources, interventions. */
const DISK_FULL = '53100'
const NO_FAULT = /^(08|53|57)/

/** Keeps the server's sentence and code only: the details of its errors quote rows. */
export function failureOf(error: unknown): DatabaseFailure {
  if (error instanceof pg.DatabaseError) {
    const state = error.code ?? ''
    const code = state === DISK_FULL ? 'disk-full' : 'storage-failed'
    return new DatabaseFailure(
      code,
      `database: ${error.message} (${state})`,
      state === DISK_FULL || !NO_FAULT.test(state),
    )
  }
  const reason = error instanceof AggregateError ? error.errors.map(String).join('; ') : messageOf(error)
  return new DatabaseFailure('storage-failed', `database: ${reason}`, false)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const INT8 = 20
/** Ids, times and bytes stay below 2^53; anything else is a damaged or foreign database. */
function parseInt8(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new HomeserverError('storage-failed', `database: ${text} is out of range`)
  return value
}

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === INT8 && format !== 'binary') return parseInt8
  return pg.types.getTypeParser(oid, format)
}
