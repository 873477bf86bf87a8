import pg from 'pg'
import { HomeserverError } from '../../error.ts'
import { connectionConfig, failureOf, SCHEMA, type StoreLog } from './database.ts'
import { MIGRATIONS } from './migrations/all.ts'

/** Held while the schema is looked at and changed, so that instances may start at once. */
const MIGRATION_LOCK = '7311142570157080577'

/**
 * Brings the schema up to date, each migration in its own transaction with its record.
 * @throws HomeserverError `storage-failed`: no such database, a schema of a newer version, or commits that are not durable
 */
export async function migrate(url: string, log: StoreLog): Promise<void> {
  const client = new pg.Client({ ...connectionConfig(url), query_timeout: 0 })
  client.on('error', (error) => log.warn({ reason: error.message }, 'the database connection was lost'))
  try {
    await client.connect()
    await assertDurable(client, log)
    // Another instance may be changing a large table.
    await client.query('SET statement_timeout = 0')
    await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`)
    await applyMissing(client, log)
  } catch (error) {
    throw error instanceof HomeserverError ? error : failureOf(error)
  } finally {
    // Ends the session, and with it the lock.
    await client.end()
  }
}

async function applyMissing(client: pg.Client, log: StoreLog): Promise<void> {
  await client.query(
    `CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
     CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at bigint NOT NULL)`,
  )
  const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations')
  const applied = new Set(rows.map(({ name }) => name))
  const known = new Set(MIGRATIONS.map(({ name }) => name))
  for (const name of applied) {
    if (known.has(name)) continue
    throw new HomeserverError(
      'storage-failed',
      `the database has migration ${name}, which this version does not know: it was opened by a newer version`,
    )
  }
  for (const { name, sql } of MIGRATIONS) {
    if (applied.has(name)) continue
    await client.query('BEGIN')
    await client.query(sql)
    await client.query('INSERT INTO migrations (name, applied_at) VALUES ($1, $2)', [name, Date.now() * 1000])
    await client.query('COMMIT')
    log.info({ migration: name }, 'database schema changed')
  }
}

/** An acknowledged write must survive a power cut of the database's machine. */
async function assertDurable(client: pg.Client, log: StoreLog): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    "SELECT name, setting FROM pg_settings WHERE name IN ('synchronous_commit', 'fsync', 'server_version_num')",
  )
  const setting = new Map(rows.map((row) => [row.name, row.setting]))
  if (Number(setting.get('server_version_num')) < 150_000) {
    throw new HomeserverError('storage-failed', 'the database is older than PostgreSQL 15')
  }
  if (setting.get('synchronous_commit') === 'off') {
    throw new HomeserverError(
      'storage-failed',
      'database: synchronous_commit is off, acknowledged writes could be lost',
    )
  }
  if (setting.get('fsync') === 'off') log.warn({}, 'database: fsync is off, a power cut loses or damages everything')
}
