import { type Blake3Hasher, blake3, createBlake3 } from '@pubky/crypto'
import type { User } from '../accounts/users.ts'
import type { Bodies, StoredBody } from '../blobs/bodies.ts'
import { type BodyUpload, INLINE_BYTES } from '../blobs/body-upload.ts'
import { DETECTION_BYTES, type TypeDetection } from '../content-type/detect.ts'
import { HomeserverError } from '../error.ts'
import { release } from '../release.ts'
import type { DiskSpace } from './disk-space.ts'
import { etagOf } from './entry-fields.ts'
import type { HeldLock } from './lock-gate.ts'

/** What a finished write left behind. */
export interface WrittenFile {
  readonly etag: string
  readonly lastModified: string
  readonly eventId: number
}

/** An upload that passed the checks before the body. End it with `commit` or `abort`; `abort` after either is fine. */
export interface Upload {
  /**
   * Takes the next chunk over: its memory is freed when it is stored. A promise means: wait before the next one.
   * @throws HomeserverError `quota-exceeded`, `object-too-large`, `disk-full`, `storage-failed`
   */
  write(chunk: Uint8Array): Promise<void> | void
  /**
   * Makes the file visible; runs to its end whatever the client does.
   * @throws HomeserverError `lock-lost`, `path-collision`, `quota-exceeded`, `user-disabled`, `user-unknown`,
   *   `precondition-failed`, `disk-full`, `storage-failed`
   */
  commit(): Promise<WrittenFile>
  /** Drops everything received; the previous file stays. */
  abort(): Promise<void>
}

/** A body with everything the entry says about it. */
export interface FinishedBody {
  readonly stored: StoredBody
  readonly contentLength: number
  readonly contentType: string
  readonly etag: string
}

/** What bounds an upload, and where it goes. */
export interface UploadPlan {
  readonly user: User
  readonly path: string
  readonly lock: HeldLock | undefined
  /** Most bytes that quota leaves; undefined = no limit. Checked again, exactly, at the commit. */
  readonly allowance: number | undefined
  readonly maxBodyBytes: number | undefined
  readonly signal: AbortSignal
}

/** Takes a body in chunks: small ones stay in memory, larger ones go sealed to the blob back end as they arrive. */
export class FileUpload implements Upload {
  readonly #bodies: Bodies
  readonly #space: DiskSpace
  readonly #typeOf: TypeDetection
  readonly #plan: UploadPlan
  readonly #publish: (body: FinishedBody) => Promise<WrittenFile>
  #small: Uint8Array[] = []
  #length = 0
  #head: Uint8Array | undefined
  #large: { readonly upload: BodyUpload; readonly hasher: Blake3Hasher } | undefined
  #isEnded: boolean = false

  constructor(
    components: { readonly bodies: Bodies; readonly space: DiskSpace; readonly typeOf: TypeDetection },
    plan: UploadPlan,
    publish: (body: FinishedBody) => Promise<WrittenFile>,
  ) {
    this.#bodies = components.bodies
    this.#space = components.space
    this.#typeOf = components.typeOf
    this.#plan = plan
    this.#publish = publish
    plan.lock?.keepAlive()
  }

  write(chunk: Uint8Array): Promise<void> | void {
    this.#length += chunk.length
    const { allowance, maxBodyBytes } = this.#plan
    if (maxBodyBytes !== undefined && this.#length > maxBodyBytes) {
      throw new HomeserverError('object-too-large', 'Payload Too Large')
    }
    if (allowance !== undefined && this.#length > allowance) {
      throw new HomeserverError('quota-exceeded', 'Disk space quota exceeded')
    }
    if (this.#large !== undefined) {
      this.#space.require('blob', chunk.length, true)
      return this.#append(this.#large, chunk)
    }
    this.#small.push(chunk)
    if (this.#length > INLINE_BYTES) return this.#grow()
    return undefined
  }

  async commit(): Promise<WrittenFile> {
    try {
      this.#isEnded = true
      const { user, path } = this.#plan
      if (this.#large === undefined) {
        const [only] = this.#small
        const body = this.#small.length === 1 && only !== undefined ? only : Buffer.concat(this.#small)
        this.#space.require('inline', body.length, true)
        const finished = await finishSmall(this.#bodies, this.#typeOf, user, path, body)
        const written = await this.#publish(finished)
        for (const bytes of [finished.stored.inlineBody, body, ...this.#small]) if (bytes !== undefined) release(bytes)
        return written
      }
      const { upload, hasher } = this.#large
      const body: FinishedBody = {
        stored: await this.#finish(upload),
        contentLength: this.#length,
        contentType: this.#typeOf(path, this.#head ?? new Uint8Array()),
        etag: etagOf(hasher.digest()),
      }
      try {
        return await this.#publish(body)
      } catch (error) {
        // No row will name it; should removing fail, the sweeper finds it at the next start. But when the storage failed,
        // nobody knows whether the row was committed, and the sweeper alone may tell.
        const isRefused = error instanceof HomeserverError && error.code !== 'storage-failed'
        if (isRefused) await this.#bodies.remove(upload.blobId).catch(() => undefined)
        throw error
      }
    } finally {
      this.#plan.lock?.[Symbol.dispose]()
    }
  }

  async abort(): Promise<void> {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#plan.lock?.[Symbol.dispose]()
    this.#small = []
    await this.#large?.upload.abort()
  }

  /** The body outgrew its row: what is here so far becomes the start of a blob. */
  async #grow(): Promise<void> {
    this.#space.require('blob', this.#length, true)
    const received = this.#small
    this.#small = []
    this.#head = headOf(received)
    const upload = await this.#bodies.upload(this.#plan.user, this.#plan.signal)
    this.#large = { upload, hasher: await createBlake3() }
    if (this.#isEnded) await upload.abort()
    else for (const chunk of received) await this.#append(this.#large, chunk)
  }

  async #append(
    large: { readonly upload: BodyUpload; readonly hasher: Blake3Hasher },
    chunk: Uint8Array,
  ): Promise<void> {
    large.hasher.update(chunk)
    await large.upload.write(chunk)
  }

  async #finish(upload: BodyUpload): Promise<StoredBody> {
    try {
      return await upload.finish()
    } catch (error) {
      await upload.abort()
      throw error
    }
  }
}

/** Seals a body that is in memory and describes it. */
export function finishSmall(
  bodies: Bodies,
  typeOf: TypeDetection,
  user: User,
  path: string,
  body: Uint8Array,
): FinishedBody | Promise<FinishedBody> {
  const stored = bodies.storeInline(user, body)
  return stored instanceof Promise
    ? stored.then((loaded) => describeSmall(loaded, typeOf(path, body), body))
    : describeSmall(stored, typeOf(path, body), body)
}

function describeSmall(stored: StoredBody, contentType: string, body: Uint8Array): FinishedBody {
  return {
    stored,
    contentLength: body.length,
    contentType,
    etag: etagOf(blake3(body)),
  }
}

/** First bytes of a body, enough to tell its type. */
function headOf(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks
  // A copy: the chunks are gone before the type is asked for.
  if (first !== undefined && first.length >= DETECTION_BYTES) return new Uint8Array(first.subarray(0, DETECTION_BYTES))
  return Buffer.concat(chunks).subarray(0, DETECTION_BYTES)
}
