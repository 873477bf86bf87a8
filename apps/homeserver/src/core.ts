import { PublicKey } from '@pubky/crypto'
import { AccountEraser } from './accounts/account-eraser.ts'
import { Grants } from './accounts/grants.ts'
import { Proofs } from './accounts/proofs.ts'
import { Registration } from './accounts/registration.ts'
import { Revocations } from './accounts/revocations.ts'
import { Sessions } from './accounts/sessions.ts'
import { SignupTokens } from './accounts/signup-tokens.ts'
import { type DefaultQuota, Users } from './accounts/users.ts'
import { Bodies } from './blobs/bodies.ts'
import { UserKeys } from './blobs/user-keys.ts'
import type { Clock } from './clock.ts'
import type { CoreLog } from './core-log.ts'
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
import { openStorage, type Storage, type StorageInit } from './open-storage.ts'
import type { Store } from './store/store.ts'

/** Where and how the core keeps things. */
export interface CoreInit extends StorageInit {
  readonly signupMode: 'open' | 'token-required'
  readonly defaultQuota: DefaultQuota
  /** Largest body accepted; undefined = no limit but quota and disk. */
  readonly maxBodyBytes: number | undefined
  /** Whether a file's extension wins over a vague signature of its content. */
  readonly prefersExtensions: boolean
  /** Live locks one user may hold. */
  readonly maxLocksPerUser: number
  /** Concurrent event streams. */
  readonly maxStreams: number
  /** Told how long each read of the log for a stream took. */
  readonly onHistoryRead?: ((ms: number) => void) | undefined
  /** Free bytes below which writes are refused with `disk-full`. */
  readonly lowWaterBytes: number
  readonly clock: Clock
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
  const storage = await openStorage(init, opened)
  await storage.backend.clearUnfinished(leftBefore(storage.store))
  const core = opened.use(await wire(init, storage))
  const resources = opened.move()
  return { ...core, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

async function wire(init: CoreInit, { store, backend, keyring, isSealing }: Storage): Promise<Core> {
  const { clock, log } = init
  const bodies = new Bodies(backend, isSealing ? new UserKeys(store, keyring, clock) : undefined)
  const eraser = new AccountEraser({ store, bodies, clock })
  const users = new Users({ store, erase: (user) => eraser.erase(user) }, init)
  const proofs = new Proofs({ store, clock })
  const signupTokens = new SignupTokens({ store, keyring, clock }, { required: init.signupMode === 'token-required' })
  const registration = new Registration({
    store,
    keyring: isSealing ? keyring : undefined,
    signupTokens,
    clock,
  })
  const sessions = new Sessions({ store, keyring, clock, proofs, registration, signupTokens })
  const homeserver = PublicKey.fromZ32(init.homeserver)
  const grants = new Grants({ store, clock, proofs, registration, signupTokens }, { homeserver })
  const revocations = new Revocations(store)
  const cache = new FileCache(store)
  const listings = new ListingCache(store)
  const space = new DiskSpace({ store, log }, init.directory, init.lowWaterBytes)
  const gate = new LockGate({ store, clock })
  const writes = new FileWrites({ store, users, bodies, space, gate, clock, log }, init)
  const files = new Files({ store, users, bodies, cache, listings, writes, log })
  const locks = new Locks({ store, users, clock }, { maxPerUser: init.maxLocksPerUser })
  const eventLog = new EventLog({ store })
  const hub = await LiveHub.open({ store })
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
    const removed = await bodies.sweep((ids) => store.namedBlobs(ids), leftBefore(store), signal)
    if (removed > 0) log.info({ removed }, 'removed stored bodies that no entry names')
  } catch (error) {
    if (!signal.aborted) log.warn({ cause: String(error) }, 'cleaning up stored bodies did not finish')
  }
}

/** Over a shared store, what is younger may belong to another instance at work, in milliseconds. */
const OTHERS_AGE_MS = 24 * 3_600_000

/** Only what was written before this time (milliseconds since the epoch) can have been left behind by a crash. */
function leftBefore(store: Store): number {
  return store.isShared ? Date.now() - OTHERS_AGE_MS : Number.POSITIVE_INFINITY
}
