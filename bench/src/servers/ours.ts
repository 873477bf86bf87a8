import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './ports.ts'
import { startProgram } from './program.ts'
import type { ServerProcess } from './server.ts'

const MAIN = new URL('../../../apps/homeserver/src/main.ts', import.meta.url)

/** How our homeserver is set up for a case. */
export interface OursInit {
  /** Default true; false stores bodies in the clear, to show what sealing costs. */
  readonly encryption?: boolean
  /** Storage of every user; default unlimited. */
  readonly quotaMb?: number
}

/** Our homeserver with the address of its metrics. */
export interface OurServer extends ServerProcess {
  readonly metricsUrl: string
}

/** Our homeserver as an operator runs it: its own process, a data directory on disk, the default configuration. */
export async function startOurs(folder: string, init: OursInit = {}): Promise<OurServer> {
  mkdirSync(folder, { recursive: true })
  const [port, metricsPort] = [await freePort(), await freePort()]
  const config = join(folder, 'config.toml')
  writeFileSync(
    config,
    `[general]
signup_mode = "open"
[drive]
icann_listen_socket = "127.0.0.1:${port}"
pubky_listen_socket = "127.0.0.1:0"
rate_limits = []
[storage]
low_water_mb = 0
${init.quotaMb === undefined ? '' : `default_quota_mb = ${init.quotaMb}`}
encryption = { enabled = ${init.encryption ?? true}, key_file = "${join(folder, 'root.key')}" }
[admin]
enabled = false
[metrics]
enabled = true
listen_socket = "127.0.0.1:${metricsPort}"
[pkdns]
publish = false
user_keys_republisher_interval = 0
[logging]
level = "warn"
`,
  )
  const server = await startProgram(MAIN, ['--data', join(folder, 'data'), '--config', config], port)
  return { ...server, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics` }
}
