import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { hexEncode, Keypair } from '@pubky/crypto'
import { Testnet } from '@pubky/testnet'
import type { Endpoints } from '../../conformance/harness/http-target.ts'
import type { Need, ServerConfig } from '../../conformance/harness/item.ts'
import type { Lab, LabServer } from '../../conformance/harness/lab.ts'
import { freePort, Postgres } from '../../postgres.ts'
import { peersDir } from '../official-rust/peer.ts'

/** The official homeserver, built by `cargo install` (see `.ci/run`). */
const binary = join(peersDir, 'bin', 'pubky-homeserver')

export const officialAvailable = existsSync(binary)

/** How to get it, for the message of a skipped test. */
export const officialHint = 'cargo install --locked --root ~/.cache/pubky-peers pubky-homeserver@0.17.1'

const START_TIMEOUT_MS = 30_000

/** `key = value` lines and inline tables: all that the configuration of a test needs of TOML. */
function toml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key} = ${toml(inner)}`)
      .join(', ')} }`
  }
  return JSON.stringify(value)
}

/** Starts official homeservers: a PostgreSQL of its own, and a DHT and Pkarr relay of ours for them to publish on. */
export class OfficialLab implements Lab, AsyncDisposable {
  readonly offers = ['admin', 'tls', 'metrics', 'restart', 'second-instance'] as const
  readonly #directory: string
  readonly #postgres: Postgres
  /** DHT and Pkarr relay of ours; the official server publishes on both. */
  readonly network: Testnet
  #servers = 0

  private constructor(parts: { directory: string; postgres: Postgres; network: Testnet }) {
    this.#directory = parts.directory
    this.#postgres = parts.postgres
    this.network = parts.network
  }

  static async create(): Promise<OfficialLab> {
    console.log(execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim())
    const directory = await mkdtemp(join(tmpdir(), 'pubky-official-'))
    const postgres = await Postgres.start()
    const network = await Testnet.create({ dhtSize: 4 })
    await network.createPkarrRelay()
    return new OfficialLab({ directory, postgres, network })
  }

  async start(config: ServerConfig, needs: readonly Need[] = []): Promise<LabServer> {
    const keypair = Keypair.random()
    const general = { ...config.general, database_url: await this.#postgres.createDatabase() }
    const files = join(this.#directory, `files_${this.#servers}`)
    await mkdir(files)
    const first = await this.#startInstance({ ...config, general }, keypair, files)
    if (!needs.includes('second-instance')) return first
    const second = await this.#startInstance({ ...config, general }, keypair, files)
    return {
      endpoints: { ...first.endpoints, second: second.endpoints },
      async [Symbol.asyncDispose]() {
        await second[Symbol.asyncDispose]()
        await first[Symbol.asyncDispose]()
      },
    }
  }

  /** @param files folder of the stored files, which instances of one server share */
  async #startInstance(config: ServerConfig, keypair: Keypair, files: string): Promise<LabServer> {
    this.#servers += 1
    const folder = join(this.#directory, `server_${this.#servers}`)
    await mkdir(folder)
    await symlink(files, join(folder, 'data'))
    await writeFile(join(folder, 'secret'), hexEncode(keypair.secret()))
    const [icann, tls, admin, metrics] = await Promise.all([freePort(), freePort(), freePort(), freePort()])
    const tables: Record<string, Record<string, unknown>> = {
      ...config,
      drive: {
        ...config.drive,
        icann_listen_socket: `127.0.0.1:${icann}`,
        pubky_listen_socket: `127.0.0.1:${tls}`,
      },
      admin: { enabled: true, listen_socket: `127.0.0.1:${admin}`, admin_password: 'admin' },
      metrics: { enabled: true, listen_socket: `127.0.0.1:${metrics}` },
      // The official server does not start with an empty list of relays.
      pkdns: {
        dht_bootstrap_nodes: this.network.bootstrap,
        dht_relay_nodes: this.network.pkarrRelays.map((relay) => relay.url),
        user_keys_republisher_interval: 0,
      },
    }
    const text = Object.entries(tables).map(
      ([table, values]) =>
        `[${table}]\n${Object.entries(values)
          .map(([key, value]) => `${key} = ${toml(value)}\n`)
          .join('')}`,
    )
    await writeFile(join(folder, 'config.toml'), text.join('\n'))
    let child = await launch(folder)
    const endpoints = (): Endpoints => ({
      url: `http://127.0.0.1:${icann}`,
      pubky: keypair.publicKey.z32(),
      tls: { host: '127.0.0.1', port: tls },
      admin: { url: `http://127.0.0.1:${admin}`, password: 'admin' },
      metrics: `http://127.0.0.1:${metrics}`,
      official: true,
      async restart() {
        await end(child)
        child = await launch(folder)
        return endpoints()
      },
    })
    return {
      endpoints: endpoints(),
      [Symbol.asyncDispose]: () => end(child),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#postgres[Symbol.asyncDispose]()
    await this.network[Symbol.asyncDispose]()
    await rm(this.#directory, { recursive: true, force: true })
  }
}

/** Starts the program and waits for the line that ends its start. */
async function launch(folder: string): Promise<ChildProcess> {
  const child = spawn(binary, ['--data-dir', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', RUST_LOG: 'info' },
  })
  const lines: string[] = []
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the official homeserver ${why}:\n${lines.join('\n')}`))
    const timer = setTimeout(() => fail('did not start in time'), START_TIMEOUT_MS)
    child.once('exit', (code) => fail(`ended with code ${code}`))
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (lines.length < 200) lines.push(line)
        if (!line.includes('Press Ctrl+C')) return
        clearTimeout(timer)
        child.removeAllListeners('exit')
        resolve()
      })
    }
  })
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}
