import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openDiskBlobs } from './blobs/backends/disk.ts'
import { openMemoryBlobs } from './blobs/backends/memory.ts'
import type { BlobBackend } from './blobs/blobs.ts'
import { claimFolder } from './blobs/claim-folder.ts'
import { type EncryptionInit, type OpenKeyring, openKeyring, ROOT_KEY_ID } from './blobs/open-keyring.ts'
import type { CoreLog } from './core-log.ts'
import { HomeserverError } from './error.ts'
import { lockDirectory } from './store/sqlite/directory-lock.ts'
import { peekSetting } from './store/sqlite/peek-setting.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'
import type { Store } from './store/store.ts'

/** Which database keeps the rows: the one in the data folder (or in memory), or a PostgreSQL that several share. */
export type DatabaseInit =
  | 'sqlite'
  | {
      /** `postgres://…`; may hold a password. */
      readonly url: string
      /** Connections this process holds at most, 3 or more. */
      readonly maxConnections: number
    }

/** Where the rows, the bodies and their keys are. */
export interface StorageInit {
  /** Folder for bodies, and for database and ballast when they are embedded (created); undefined = all in memory. */
  readonly directory: string | undefined
  readonly database: DatabaseInit
  readonly encryption: EncryptionInit
  /** z32 of the homeserver. */
  readonly homeserver: string
  readonly log: CoreLog
  readonly onFatal: (error: Error) => void
}

/** Store, bodies and keys that belong together. */
export interface Storage extends OpenKeyring {
  readonly store: Store
  readonly backend: BlobBackend
}

const SQLITE_FILE = 'homeserver.sqlite'
/** Setting under which a database remembers whose it is. */
const IDENTITY = 'homeserver'

/**
 * Opens store, bodies and keys, and checks that they belong together before anything is changed in them.
 * @param opened closes what was opened, also when this throws
 * @throws HomeserverError `storage-failed` with a message for the operator (wrong or missing key, newer schema, …)
 */
export async function openStorage(init: StorageInit, opened: AsyncDisposableStack): Promise<Storage> {
  const { directory, database } = init
  if (directory !== undefined) await mkdir(directory, { recursive: true, mode: 0o700 })
  const { store, keys } = database === 'sqlite' ? await openOwn(init, opened) : await openShared(init, database, opened)
  await claimDatabase(store, init.homeserver)
  const backend = opened.use(directory === undefined ? openMemoryBlobs() : await openBodies(directory, store))
  return { store, backend, ...keys }
}

/** One process, one database: nobody else may come near the folder. */
async function openOwn({ directory, encryption, onFatal }: StorageInit, opened: AsyncDisposableStack) {
  if (directory !== undefined) opened.use(lockDirectory(join(directory, 'in-use')))
  const path = directory === undefined ? undefined : join(directory, SQLITE_FILE)
  // Asked before the store is opened, which would bring an older schema up to date.
  const expected = path === undefined ? undefined : peekSetting(path, ROOT_KEY_ID)
  const makeKeyring = await openKeyring(encryption, directory, expected)
  const ballastPath = directory === undefined ? undefined : join(directory, 'ballast')
  const store = opened.use(await openSqliteStore({ path, ballastPath, onFatal }))
  return { store, keys: await makeKeyring(store) }
}

/** Several processes, which must be the same homeserver with the same keys. */
async function openShared(
  { directory, encryption, log, onFatal }: StorageInit,
  database: Exclude<DatabaseInit, 'sqlite'>,
  opened: AsyncDisposableStack,
) {
  if (directory === undefined) {
    throw failure('a PostgreSQL database needs a data folder for the bodies: its rows would outlive what is in memory')
  }
  if (existsSync(join(directory, SQLITE_FILE))) {
    throw failure(
      `the folder ${directory} belongs to the embedded database in it; a homeserver on PostgreSQL needs another one`,
    )
  }
  // Loaded only here: whoever uses the embedded database does not wait for it.
  const { openPostgresStore } = await import('./store/postgres/postgres-store.ts')
  const store = opened.use(await openPostgresStore({ ...database, onFatal, log }))
  const makeKeyring = await openKeyring(encryption, directory, await store.setting(ROOT_KEY_ID))
  return { store, keys: await makeKeyring(store) }
}

/** The records of its users point to one homeserver: under another name nobody would find what is stored. */
async function claimDatabase(store: Store, homeserver: string): Promise<void> {
  const owner = Buffer.from(await store.rememberSetting(IDENTITY, Buffer.from(homeserver))).toString()
  if (owner === homeserver) return
  throw failure(
    `the database belongs to the homeserver ${owner}, and this is ${homeserver}: put the file "secret" of that one into the data directory; all instances need the same`,
  )
}

async function openBodies(directory: string, store: Store): Promise<BlobBackend> {
  const folder = join(directory, 'bodies')
  await claimFolder(folder, store.installId)
  return openDiskBlobs(folder)
}

function failure(message: string): HomeserverError {
  return new HomeserverError('storage-failed', message)
}
