import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { loadConfig, ServerKitError } from '@pubky/server-kit'
import { configSchema, type HomeserverConfig } from './schema.ts'
import type { ListenSocket } from './values.ts'

/** A checked configuration with one sentence for each key nobody reads. */
export interface LoadedHomeserverConfig {
  readonly config: HomeserverConfig
  readonly warnings: readonly string[]
}

/** Only accepted where nobody from outside can try it. */
const DEFAULT_PASSWORD = 'admin'

/**
 * Reads and checks a configuration file. It must exist: a mistyped name would start another server than the one meant.
 * @throws ServerKitError `config`: names file, line, key and what is allowed
 */
export async function loadHomeserverConfig(file: string): Promise<LoadedHomeserverConfig> {
  const { value, warnings } = await loadConfig({ schema: configSchema, file })
  const config = await withPasswordFile(value)
  checkAdminPassword(config)
  return { config, warnings }
}

/**
 * Refuses passwords that are none (spec 03 §2.1): empty, or the well-known default on a socket others can reach.
 * @throws ServerKitError `config`
 */
export function checkAdminPassword(config: HomeserverConfig): void {
  const { enabled, admin_password: password, listen_socket: socket } = config.admin
  if (!enabled) return
  if (password === '') throw new ServerKitError('config', 'admin.admin_password must not be empty')
  if (hasDefaultPassword(config) && !isLoopback(socket)) {
    throw new ServerKitError(
      'config',
      `admin.admin_password must be changed before the admin API may listen on ${socket.host}: the default is accepted on loopback only`,
    )
  }
}

/** Whether the operator's password is the one everybody knows. */
export function hasDefaultPassword({ admin }: HomeserverConfig): boolean {
  return admin.admin_password === DEFAULT_PASSWORD
}

async function withPasswordFile(config: HomeserverConfig): Promise<HomeserverConfig> {
  const { admin } = config
  if (admin.admin_password_file === undefined) return config
  try {
    const text = await readFile(admin.admin_password_file, 'utf8')
    return { ...config, admin: { ...admin, admin_password: text.trim() } }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ServerKitError('config', `admin.admin_password_file cannot be read: ${reason}`, { cause })
  }
}

/** Whether nobody from outside can reach a socket. */
export function isLoopback({ host }: ListenSocket): boolean {
  return host === 'localhost' || (isIP(host) === 6 ? host === '::1' : host.startsWith('127.'))
}
