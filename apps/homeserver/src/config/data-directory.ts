import { mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { CryptoError, formatSecretKeyFile, Keypair, parseSecretKeyFile } from '@pubky/crypto'
import { resolveUserPath, ServerKitError } from '@pubky/server-kit'
import { CONFIG_SAMPLE } from './sample.ts'

/** Name of upstream's write probe, so that both leave the same directory behind (spec 03 §6.1). */
const PROBE = 'test_write_f2d560932f9b437fa9ef430ba436d611'
const OWNER_ONLY = 0o600
const READABLE_BY_OTHERS = 0o044

/** Where a homeserver keeps everything (spec 03 §6.1). */
export interface DataDirectory {
  /** Absolute path. */
  readonly path: string
  readonly configFile: string
  /** Identity key: 64 hex characters. */
  readonly secretFile: string
  /** Database and bodies. */
  readonly dataFolder: string
  /** Default place of the encryption key: beside the directory, never in it (spec 03 §16.3). */
  readonly defaultKeyFile: string
}

/**
 * The directory of a path as given on the command line; `~/` is the home folder, no path is `~/.pubky`.
 * @throws ServerKitError `usage` when it is a file
 */
export async function locateDataDirectory(given: string | undefined): Promise<DataDirectory> {
  const path = resolveUserPath(given ?? '~/.pubky')
  const found = await stat(path).catch(() => undefined)
  if (found !== undefined && !found.isDirectory()) {
    throw new ServerKitError('usage', `Given path is not a directory: ${path}`)
  }
  return {
    path,
    configFile: join(path, 'config.toml'),
    secretFile: join(path, 'secret'),
    dataFolder: join(path, 'data'),
    defaultKeyFile: `${path}.key`,
  }
}

/**
 * The file of the encryption key: as configured, or beside the data directory.
 * @throws ServerKitError `config` when it would lie in the data directory, where a thief or backup finds both
 */
export function encryptionKeyFile(directory: DataDirectory, configured: string | undefined): string {
  const file = configured === undefined ? directory.defaultKeyFile : resolveUserPath(configured)
  if (!file.startsWith(`${directory.path}${sep}`)) return file
  throw new ServerKitError('config', `storage.encryption.key_file must lie outside of the data directory: ${file}`)
}

/**
 * Creates what is missing: the directory, a sample configuration, and proves that it can be written.
 * @throws ServerKitError `config`
 */
export async function prepareDataDirectory(directory: DataDirectory): Promise<void> {
  try {
    await mkdir(directory.path, { recursive: true })
    const probe = join(directory.path, PROBE)
    await createFile(probe, '', OWNER_ONLY)
    await unlink(probe)
    // It may come to hold passwords.
    await createFile(directory.configFile, CONFIG_SAMPLE, OWNER_ONLY)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ServerKitError('config', `cannot use the data directory ${directory.path}: ${reason}`, { cause })
  }
}

/**
 * The identity of the server: read from `secret`, or made and written there, readable by its owner only from the start.
 * @throws ServerKitError `config` when the file cannot be read or holds no key; never repeats what it holds
 */
export async function loadIdentity(directory: DataDirectory): Promise<Keypair> {
  const fresh = Keypair.random()
  try {
    if (await createFile(directory.secretFile, formatSecretKeyFile(fresh), OWNER_ONLY)) return fresh
    return parseSecretKeyFile(await readFile(directory.secretFile, 'utf8'))
  } catch (cause) {
    const reason = cause instanceof CryptoError ? 'it must hold 64 hex characters' : String(cause)
    throw new ServerKitError('config', `cannot use the key file ${directory.secretFile}: ${reason}`, { cause })
  }
}

/** Those of the files that others than their owner may read; which are missing does not matter here. */
export async function exposedFiles(files: readonly string[]): Promise<readonly string[]> {
  // Windows has no such modes.
  if (process.platform === 'win32') return []
  const modes = await Promise.all(files.map((file) => stat(file).catch(() => undefined)))
  return files.filter((_, index) => ((modes[index]?.mode ?? 0) & READABLE_BY_OTHERS) !== 0)
}

/** Writes a file unless it exists; answers whether it wrote. */
async function createFile(path: string, text: string, mode: number): Promise<boolean> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path, 'wx', mode)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  return true
}
