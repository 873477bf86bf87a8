import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PublicKey } from '@pubky/crypto'
import { AccountEraser } from './accounts/account-eraser.ts'
import { Grants } from './accounts/grants.ts'
import { Proofs } from './accounts/proofs.ts'
import { Registration } from './accounts/registration.ts'
import { Revocations } from './accounts/revocations.ts'
import { Sessions } from './accounts/sessions.ts'
import { SignupTokens } from './accounts/signup-tokens.ts'
import { type DefaultQuota, Users } from './accounts/users.ts'
import { openDiskBlobs } from './blobs/backends/disk.ts'
import { openMemoryBlobs } from './blobs/backends/memory.ts'
import type { BlobBackend } from './blobs/blobs.ts'
import { Bodies } from './blobs/bodies.ts'
import { type EncryptionInit, openKeyring } from './blobs/open-keyring.ts'
import { UserKeys } from './blobs/user-keys.ts'
import type { Clock } from './clock.ts'
import { EventLog } from './events/event-log.ts'
import { EventStreams } from './events/event-streams.ts'
import { LiveHub } from './events/live-hub.ts'
import { DiskSpace } from './files/disk-space.ts'
import { FileCache } from './files/file-cache.ts'
import { FileWrites } from './files/file-writes.ts'
import { Files } from './files/files.ts'
import { ListingCache } from './files/listing-cache.ts'
import { LockGate } from './files/lock-gate.ts'
import { Locks } from './files/locks.ts'
import { lockDirectory } from './store/sqlite/directory-lock.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'
import type { Store } from './store/store.ts'

/** Where and how the core keeps things. */
export interface CoreInit {
  /** Folder for database, bodies and ballast (created); undefined = everything in memory. */
  readonly directory: string | undefined
  /** Encryption at rest; `off` exists for benchmarks and for operators who encrypt below. */
  readonly encryption: EncryptionInit
  /** z32 of the homeserver: the audience of proofs. */
  readonly homeserver: string
  readonly signupMode: 'open' | 'token-required'
  readonly defaultQuota: DefaultQuota
  /** Largest body accepted; undefined = no limit but quota and disk. */
  readonly maxBodyBytes: number | undefined
  /** Live locks one user may hold. */
  readonly maxLocksPerUser: number
  /** Concurrent event streams. */
  readonly maxStreams: number
  /** Told how long each read of the log for a stream took. */
  readonly onHistoryRead?: ((ms: number) => void) | undefined
  /** Free bytes below which writes are refused with `disk-full`. */
  readonly lowWaterBytes: number
  readonly clock: Clock
  /** Told about what an operator should know; fields never hold secrets. */
  readonly log: CoreLog
  /** Called once when the disk can no longer be trusted (failed fsync): the process must exit, not retry. */
  readonly onFatal: (error: Error) => void
}

/** The part of a logger (pino's order of arguments) that the core needs. */
export interface CoreLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** The homeserver without its network: everything `http/` and `discovery/` call. */
export interface Core extends AsyncDisposable {
  readonly users: Users
  readonly sessions: Sessions
  readonly grants: Grants
  readonly signupTokens: SignupTokens
  readonly revocations: Revocations
  readonly files: Files
  readonly locks: Locks
  readonly eventLog: EventLog
  readonly eventStreams: EventStreams
}

/**
 * Opens store, bodies and keys, checks that they belong together, clears what a crash left, and wires the services.
 * @throws HomeserverError `storage-failed` with a message for the operator (wrong or missing key, newer schema, …)
 */
export async function openCore(init: CoreInit): Promise<Core> {
  await using opened = new AsyncDisposableStack()
  const { directory, encryption, onFatal } = init
  if (directory !== undefined) {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    opened.use(lockDirectory(join(directory, 'in-use')))
  }
  const path = directory === undefined ? undefined : join(directory, 'homeserver.sqlite')
  const makeKeyring = await openKeyring(encryption, directory, path)
  const ballastPath = directory === undefined ? undefined : join(directory, 'ballast')
  const store = opened.use(await openSqliteStore({ path, ballastPath, onFatal }))
  const { keyring, isSealing } = await makeKeyring(store)
  const backend = opened.use(
    directory === undefined ? openMemoryBlobs() : await openDiskBlobs(join(directory, 'bodies')),
  )
  await backend.clearUnfinished()
  const keys = isSealing ? new UserKeys(store, keyring, init.clock) : undefined
  const core = await wire(init, store, backend, keyring, keys)
  opened.use(core)
  const resources = opened.move()
  return { ...core, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

async function wire(
  init: CoreInit,
  store: Store,
  backend: BlobBackend,
  keyring: Awaited<ReturnType<Awaited<ReturnType<typeof openKeyring>>>>['keyring'],
  keys: UserKeys | undefined,
): Promise<Core> {
  const { clock, log } = init
  const bodies = new Bodies(backend, keys)
  const eraser = new AccountEraser({ store, bodies, keys, clock })
  const users = new Users({ store, erase: (user) => eraser.erase(user) }, init)
  const proofs = new Proofs({ store, clock })
  const signupTokens = new SignupTokens({ store, keyring, clock }, { required: init.signupMode === 'token-required' })
  const registration = new Registration({
    store,
    keyring: keys === undefined ? undefined : keyring,
    signupTokens,
    clock,
  })
  const sessions = new Sessions({ store, keyring, clock, proofs, registration, signupTokens })
  const homeserver = PublicKey.fromZ32(init.homeserver)
  const grants = new Grants({ store, clock, proofs, registration, signupTokens }, { homeserver })
  const revocations = new Revocations(store)
  const cache = new FileCache(store)
  const listings = new ListingCache(store)
  const space = new DiskSpace({ store }, init.directory, init.lowWaterBytes)
  const gate = new LockGate({ store, clock })
  const writes = new FileWrites({ store, users, bodies, space, gate, clock, log }, init)
  const files = new Files({ store, users, bodies, cache, listings, writes, log })
  const locks = new Locks({ store, users, clock }, { maxPerUser: init.maxLocksPerUser })
  const eventLog = new EventLog({ store })
  const hub = new LiveHub({ store }, await store.latestEventId())
  const eventStreams = new EventStreams({ store, hub, users, sessions, revocations }, init)
  const stopping = new AbortController()
  const cleaning = cleanUp(eraser, bodies, store, log, stopping.signal)
  return {
    users,
    sessions,
    grants,
    signupTokens,
    revocations,
    files,
    locks,
    eventLog,
    eventStreams,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      eventStreams[Symbol.dispose]()
      hub[Symbol.dispose]()
      await cleaning
    },
  }
}

/** Finishes what a crash interrupted, beside the first requests. */
async function cleanUp(
  eraser: AccountEraser,
  bodies: Bodies,
  store: Store,
  log: CoreLog,
  signal: AbortSignal,
): Promise<void> {
  try {
    await eraser.finish()
    const removed = await bodies.sweep((ids) => store.namedBlobs(ids), signal)
    if (removed > 0) log.info({ removed }, 'removed stored bodies that no entry names')
  } catch (error) {
    if (!signal.aborted) log.warn({ cause: String(error) }, 'cleaning up stored bodies did not finish')
  }
}
