import { constants, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatSecretKeyFile, type Keypair } from '@pubky/crypto'
import {
  encryptionKeyFile,
  type HomeserverConfig,
  loadHomeserverConfig,
  loadIdentity,
  locateDataDirectory,
  prepareDataDirectory,
} from '@pubky/homeserver'
import { ServerKitError } from '@pubky/server-kit'
import { wellKnownKeypair } from './constants.ts'

/** A folder that holds a testnet's state, ready for use. */
export interface DataFolder {
  /** Absolute path. */
  readonly path: string
  readonly config: HomeserverConfig
  /** Sentences about configuration keys that nothing reads. */
  readonly warnings: readonly string[]
  readonly keypair: Keypair
  /** Database and bodies, and the file of their encryption key. */
  readonly storage: { readonly directory: string; readonly keyFile: string }
  /** Where Pkarr packets are kept. */
  readonly packetFile: string
}

/** The configuration of a fresh folder, unless another one is given: anybody may sign up, as in a testnet in memory. */
const OPEN_CONFIG = `# The homeserver of this testnet. Ports, DHT and relays are the testnet's, whatever is written here.
[general]
signup_mode = "open"
`

/**
 * Opens a data folder, which is laid out like that of a homeserver (spec 06 §9.3), and creates what is missing: the
 * configuration, and the well-known identity. An identity that is there stays.
 *
 * @param init.configFile seeds `config.toml`; refused when there is one already
 * @param init.isOpen what a fresh `config.toml` says without `configFile`: open sign-up, or a homeserver's own defaults
 * @throws ServerKitError `usage` or `config`
 */
export async function openDataFolder(init: {
  readonly path: string
  readonly configFile: string | undefined
  readonly isOpen: boolean
}): Promise<DataFolder> {
  const directory = await locateDataDirectory(init.path)
  try {
    await mkdir(directory.path, { recursive: true, mode: 0o700 })
    if (init.configFile !== undefined) await copyFile(init.configFile, directory.configFile, constants.COPYFILE_EXCL)
    else if (init.isOpen) await writeNew(directory.configFile, OPEN_CONFIG, 0o644)
    await writeNew(directory.secretFile, formatSecretKeyFile(wellKnownKeypair()), 0o600)
  } catch (error) {
    throw new ServerKitError('config', explain(error, directory.configFile), { cause: error })
  }
  await prepareDataDirectory(directory)
  const { config, warnings } = await loadHomeserverConfig(directory.configFile)
  const keyFile = encryptionKeyFile(directory, config.storage.encryption.key_file)
  return {
    path: directory.path,
    config,
    warnings,
    keypair: await loadIdentity(directory),
    storage: { directory: directory.dataFolder, keyFile },
    packetFile: join(directory.path, 'pkarr-packets'),
  }
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx', mode })
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  }
}

function explain(error: unknown, configFile: string): string {
  if (isCode(error, 'EEXIST')) {
    return `${configFile} already exists: --homeserver-config only seeds a new folder. Edit the file, or choose another folder.`
  }
  return `cannot prepare the data folder: ${error instanceof Error ? error.message : String(error)}`
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
