import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Keypair } from '@pubky/crypto'
import { createAuthToken, parseCapabilities } from '@pubky/protocol'
import type { Target } from '../cases/case.ts'
import { pin } from '../machine.ts'
import { freePort, waitForPort } from './ports.ts'
import type { ServerProcess } from './process.ts'

const MAIN = fileURLToPath(new URL('../../../apps/homeserver/src/main.ts', import.meta.url))

/** Our homeserver as an operator runs it: its own process, a data directory on disk, the default configuration. */
export interface OurServer extends ServerProcess {
  /** A fresh user with a root cookie session. */
  signUp(): Promise<Target>
}

/** Starts the homeserver; without `encryption`, bodies are stored in the clear, to show what sealing costs. */
export async function startOurs(folder: string, options: { readonly encryption: boolean }): Promise<OurServer> {
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
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
encryption = { enabled = ${options.encryption}, key_file = "${join(folder, 'root.key')}" }
[admin]
enabled = false
[pkdns]
publish = false
user_keys_republisher_interval = 0
[logging]
level = "warn"
`,
  )
  const child = spawn(
    process.execPath,
    ['--conditions=source', MAIN, '--data', join(folder, 'data'), '--config', config],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  await waitForPort(port, child)
  pin(child.pid, 0)
  return {
    port,
    pid: child.pid!,
    async signUp() {
      const keypair = Keypair.random()
      const token = createAuthToken(keypair, parseCapabilities('/:rw'), BigInt(Date.now()) * 1000n)
      const response = await fetch(`http://127.0.0.1:${port}/signup`, {
        method: 'POST',
        body: new Uint8Array(token.bytes),
      })
      if (response.status !== 200) throw new Error(`sign-up: ${response.status} ${await response.text()}`)
      const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
      return { port, user: keypair.publicKey.z32(), cookie }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}
