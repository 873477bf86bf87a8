import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Keypair, randomBytes } from '@pubky/crypto'
import { createHomeserver, type Homeserver, type HomeserverConfigInput, homeserverConfig } from '@pubky/homeserver'
import { Postgres } from '../postgres.ts'
import type { Endpoints } from './harness/http-target.ts'
import type { Need, ServerConfig } from './harness/item.ts'
import type { Lab, LabServer } from './harness/lab.ts'

const ANY_PORT = '127.0.0.1:0'

/** Our homeserver, each on a data directory of its own, with every listener on a random port. */
export class OurLab implements Lab, AsyncDisposable {
  readonly offers = ['admin', 'tls', 'metrics', 'restart', 'http2', 'second-instance'] as const
  readonly #database: 'sqlite' | 'postgres'
  #postgres: Promise<Postgres> | undefined

  /** @param database where rows are kept; PostgreSQL in any case for those that need two instances */
  constructor(database: 'sqlite' | 'postgres') {
    this.#database = database
  }

  async start(config: ServerConfig, needs: readonly Need[]): Promise<LabServer> {
    const isPair = needs.includes('second-instance')
    const directory = await mkdtemp(join(tmpdir(), 'pubky-conformance-'))
    const settings: HomeserverConfigInput = {
      ...config,
      general: { ...config.general, ...(isPair || this.#database === 'postgres' ? await this.#onPostgres() : {}) },
      drive: { ...config.drive, icann_listen_socket: ANY_PORT, pubky_listen_socket: ANY_PORT },
      admin: { listen_socket: ANY_PORT },
      metrics: { enabled: true, listen_socket: ANY_PORT },
    }
    const init = {
      keypair: Keypair.random(),
      directory,
      encryption: { rootKey: randomBytes(32) },
      pkarr: false,
      config: homeserverConfig(settings),
    } as const
    let server = await createHomeserver(init)
    const second = isPair ? await createHomeserver(init) : undefined
    const endpoints = (): Endpoints => ({
      ...endpointsOf(server),
      ...(second === undefined ? {} : { second: endpointsOf(second) }),
      async restart() {
        await server.stop()
        server = await createHomeserver(init)
        return endpoints()
      },
    })
    return {
      endpoints: endpoints(),
      async [Symbol.asyncDispose]() {
        await server.stop(0)
        await second?.stop(0)
        await rm(directory, { recursive: true, force: true })
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#postgres)?.[Symbol.asyncDispose]()
  }

  async #onPostgres(): Promise<{ readonly database_url: string }> {
    this.#postgres ??= Postgres.start()
    return { database_url: await (await this.#postgres).createDatabase() }
  }
}

function endpointsOf(server: Homeserver): Endpoints {
  return {
    url: server.icannUrl,
    pubky: server.publicKey.z32(),
    tls: { host: '127.0.0.1', port: server.pubkyTlsPort },
    admin: { url: server.adminUrl!, password: server.adminPassword },
    metrics: server.metricsUrl,
  }
}
