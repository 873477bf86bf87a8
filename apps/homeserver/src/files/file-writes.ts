import { authorizeWrite } from '../accounts/authorize.ts'
import { mayWriteTo } from '../accounts/quota.ts'
import type { User, Users } from '../accounts/users.ts'
import type { Bodies } from '../blobs/bodies.ts'
import { INLINE_BYTES } from '../blobs/body-upload.ts'
import type { Clock } from '../clock.ts'
import { detectByExtensionFirst, detectContentType, type TypeDetection } from '../content-type/detect.ts'
import type { CoreLog } from '../core-log.ts'
import { HomeserverError } from '../error.ts'
import { release } from '../release.ts'
import type { Store, WritePrecondition } from '../store/store.ts'
import type { DiskSpace } from './disk-space.ts'
import { httpDate } from './entry-fields.ts'
import { FileUpload, type FinishedBody, finishSmall, type Upload, type WrittenFile } from './file-upload.ts'
import type { DeleteRequest, WriteRequest } from './files.ts'
import type { HeldLock, LockGate } from './lock-gate.ts'
import { refusalOf } from './write-outcomes.ts'

/** Bookkeeping charge per entry (spec 02 §10.7). */
const ENTRY_CHARGE = 256

/** Who writes where, after authorisation. */
interface Target {
  readonly user: User
  readonly path: string
  readonly precondition: WritePrecondition | undefined
  readonly lock: HeldLock | undefined
  readonly evenIfDisabled: boolean
}

/** The rules of writing and deleting, in the order of spec 02 §10.4 and §10.11. */
export class FileWrites {
  readonly #store: Store
  readonly #users: Users
  readonly #bodies: Bodies
  readonly #space: DiskSpace
  readonly #gate: LockGate
  readonly #clock: Clock
  readonly #log: CoreLog
  readonly #maxBodyBytes: number | undefined
  readonly #typeOf: TypeDetection

  constructor(
    components: {
      readonly store: Store
      readonly users: Users
      readonly bodies: Bodies
      readonly space: DiskSpace
      readonly gate: LockGate
      readonly clock: Clock
      readonly log: CoreLog
    },
    init: { readonly maxBodyBytes: number | undefined; readonly prefersExtensions: boolean },
  ) {
    this.#store = components.store
    this.#users = components.users
    this.#bodies = components.bodies
    this.#space = components.space
    this.#gate = components.gate
    this.#clock = components.clock
    this.#log = components.log
    this.#maxBodyBytes = init.maxBodyBytes
    this.#typeOf = init.prefersExtensions ? detectByExtensionFirst : detectContentType
  }

  async begin(request: WriteRequest, signal: AbortSignal): Promise<Upload> {
    const { path, contentLength, precondition } = request
    const user = await this.#writer(request)
    const allowance = await this.#allowance(user, path, contentLength)
    const lock = await this.#gate.enter(user.id, path, request.lockTokens)
    const target: Target = { user, path, precondition, lock, evenIfDisabled: false }
    try {
      requireAllowedPath(user, path)
      return await this.#start(target, allowance, contentLength, signal)
    } catch (error) {
      lock?.[Symbol.dispose]()
      throw error
    }
  }

  /** For a body in memory: what the commit checks anyway is not checked before. */
  async write(request: WriteRequest, body: Uint8Array, signal: AbortSignal): Promise<WrittenFile> {
    if (body.length > INLINE_BYTES) {
      const upload = await this.begin({ ...request, contentLength: body.length }, signal)
      try {
        // In slices, which do not take the caller's memory over.
        for (let at = 0; at < body.length; at += INLINE_BYTES) await upload.write(body.subarray(at, at + INLINE_BYTES))
        return await upload.commit()
      } finally {
        await upload.abort()
      }
    }
    const { path, precondition } = request
    const user = await this.#writer(request)
    try {
      const lock = await this.#gate.enter(user.id, path, request.lockTokens)
      requireAllowedPath(user, path)
      this.#requireSize(body.length)
      this.#space.require('inline', body.length, true)
      const sealing = finishSmall(this.#bodies, this.#typeOf, user, path, body)
      const finished = sealing instanceof Promise ? await sealing : sealing
      const written = await this.#publish({ user, path, precondition, lock, evenIfDisabled: false }, finished)
      const { inlineBody } = finished.stored
      if (inlineBody !== undefined && inlineBody !== body) release(inlineBody)
      return written
    } catch (error) {
      // Quota goes before all of these reasons, but needs looking up only when there is one.
      if (isRefusal(error)) await this.#allowance(user, path, body.length)
      throw error
    }
  }

  async beginForOperator(
    tenant: string,
    path: string,
    options: { readonly overrideLocks: boolean; readonly contentLength: number | undefined },
    signal: AbortSignal,
  ): Promise<Upload> {
    const { contentLength } = options
    const user = await this.#users.get(tenant)
    const allowance = await this.#allowance(user, path, contentLength)
    if (!options.overrideLocks) await this.#gate.enter(user.id, path, [])
    const target: Target = { user, path, precondition: undefined, lock: undefined, evenIfDisabled: true }
    return this.#start(target, allowance, contentLength, signal)
  }

  async delete(request: DeleteRequest): Promise<void> {
    const { tenant, path, precondition } = request
    authorizeWrite(request.session, tenant, path)
    const user = await this.#users.get(tenant)
    const lock = await this.#gate.enter(user.id, path, request.lockTokens)
    if ((await this.#store.findEntry(user.id, path)) === undefined) throw refusalOf('entry-unknown')
    requireAllowedPath(user, path)
    await this.#remove(user, path, lock?.tokenHash, precondition)
  }

  async deleteForOperator(tenant: string, path: string, options: { readonly overrideLocks: boolean }): Promise<void> {
    const user = await this.#users.get(tenant)
    if (!options.overrideLocks) await this.#gate.enter(user.id, path, [])
    await this.#remove(user, path, undefined, undefined)
  }

  #writer({ session, tenant, path }: WriteRequest): User | Promise<User> {
    authorizeWrite(session, tenant, path)
    const user = this.#users.cached(tenant)
    return user === undefined ? this.#users.get(tenant).then(requireEnabled) : requireEnabled(user)
  }

  /**
   * How many bytes quota leaves for this path; refuses at once what says it is longer.
   * @throws HomeserverError `quota-exceeded`
   */
  #allowance(user: User, path: string, contentLength: number | undefined): Promise<number | undefined> | undefined {
    const limit = this.#users.storageLimit(user)
    return limit === undefined ? undefined : this.#allowanceWithin(limit, user, path, contentLength)
  }

  async #allowanceWithin(limit: number, user: User, path: string, contentLength: number | undefined): Promise<number> {
    const usedBytes = await this.#users.usedBytes(user)
    const old = await this.#store.findEntry(user.id, path)
    const allowance = limit - usedBytes + (old === undefined ? -ENTRY_CHARGE : old.contentLength)
    // What does not add to the sum of an empty account always fits.
    const isOver = contentLength !== undefined && contentLength > allowance && limit - allowance + contentLength > 0
    if (isOver) throw refusalOf('over-quota')
    return allowance
  }

  async #start(
    target: Target,
    allowance: number | undefined,
    contentLength: number | undefined,
    signal: AbortSignal,
  ): Promise<Upload> {
    const { user, path, lock, precondition } = target
    this.#requireSize(contentLength ?? 0)
    if (await this.#store.collides(user.id, path)) throw refusalOf('collision')
    if (precondition !== undefined) await this.#requirePrecondition(user, path, precondition)
    const place = contentLength !== undefined && contentLength > INLINE_BYTES ? 'blob' : 'inline'
    this.#space.require(place, contentLength ?? 0, false)
    return new FileUpload(
      { bodies: this.#bodies, space: this.#space, typeOf: this.#typeOf },
      { user, path, lock, allowance, maxBodyBytes: this.#maxBodyBytes, signal },
      (body) => this.#publish(target, body),
    )
  }

  async #publish(target: Target, body: FinishedBody): Promise<WrittenFile> {
    const { user, path, precondition, lock, evenIfDisabled } = target
    const { contentLength, contentType, etag, stored } = body
    const now = this.#clock()
    const lastModified = httpDate(now)
    const done = await this.#store.commitWrite({
      userId: user.id,
      path,
      contentLength,
      contentType,
      etag,
      modifiedAt: now,
      lastModified,
      body: stored.reference,
      inlineBody: stored.inlineBody,
      defaultQuotaBytes: this.#users.defaultStorageLimit,
      lockTokenHash: lock?.tokenHash,
      precondition,
      evenIfDisabled,
      now,
    })
    if (done.outcome !== 'written') throw refusalOf(done.outcome)
    this.#discard(done.orphan)
    return { etag, lastModified, eventId: done.event.id }
  }

  async #remove(
    user: User,
    path: string,
    lockTokenHash: Uint8Array | undefined,
    precondition: WritePrecondition | undefined,
  ): Promise<void> {
    const userId = user.id
    const done = await this.#store.commitDelete({ userId, path, lockTokenHash, precondition, now: this.#clock() })
    if (done.outcome !== 'deleted') throw refusalOf(done.outcome)
    this.#discard(done.orphan)
  }

  /** Removes a body that nobody names any more, after the answer; what fails here the sweeper finds at the next start. */
  #discard(orphan: string | undefined): void {
    if (orphan === undefined) return
    this.#bodies.remove(orphan).catch((error: unknown) => {
      this.#log.warn({ blob: orphan, cause: String(error) }, 'a replaced body could not be removed yet')
    })
  }

  async #requirePrecondition(user: User, path: string, { ifMatch, ifNoneMatch }: WritePrecondition): Promise<void> {
    const etag = (await this.#store.findEntry(user.id, path))?.etag
    const matches = (tags: '*' | readonly string[]) => etag !== undefined && (tags === '*' || tags.includes(etag))
    const isMet = (ifMatch === undefined || matches(ifMatch)) && (ifNoneMatch === undefined || !matches(ifNoneMatch))
    if (!isMet) throw refusalOf('precondition-failed')
  }

  #requireSize(contentLength: number): void {
    if (this.#maxBodyBytes === undefined || contentLength <= this.#maxBodyBytes) return
    throw new HomeserverError('object-too-large', 'Payload Too Large')
  }
}

/** Whether the write was refused by a rule, and not by a disk or a database that failed. */
function isRefusal(error: unknown): boolean {
  return error instanceof HomeserverError && error.code !== 'storage-failed' && error.code !== 'closed'
}

function requireEnabled(user: User): User {
  if (user.disabled) throw refusalOf('user-disabled')
  return user
}

function requireAllowedPath(user: User, path: string): void {
  if (mayWriteTo(user.quota.allowedWritePaths, path)) return
  throw new HomeserverError('write-path-not-allowed', 'Write to this path is not allowed')
}
