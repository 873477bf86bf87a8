/**
 * Messages between the threads. Writes of files are by far the most frequent: they travel as flat lists, which clone
 * several times faster than objects with named members, and their bodies in one buffer that changes hands.
 */
import type { Job, JobResult } from '../operations.ts'
import type { CommitWriteOutcome, WriteCommit } from '../store.ts'

/** What the writer thread needs to know. */
export interface WriterThreadInit {
  readonly path: string
  readonly ballastPath: string | undefined
}

/** A batch on its way to the writer. */
export interface BatchMessage {
  readonly jobs: readonly (FlatWrite | Job)[]
  /** Room with the inline bodies in it, one after the other in job order. */
  readonly room: ArrayBuffer
  readonly bodyBytes: number
}

/** What the writer says. */
export type WriterMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'results'; readonly results: readonly (FlatWritten | JobResult)[]; readonly room: ArrayBuffer }
  | { readonly kind: 'failed'; readonly message: string }

/** A {@link WriteCommit} without its body; the last item is the body's length, -1 for none. */
type FlatWrite = readonly [
  userId: number,
  path: string,
  contentLength: number,
  contentType: string,
  etag: string,
  modifiedAt: number,
  lastModified: string,
  blobId: string,
  isInline: boolean,
  keyGeneration: number,
  defaultQuotaBytes: number | undefined,
  lockTokenHash: Uint8Array | undefined,
  precondition: WriteCommit['precondition'],
  evenIfDisabled: boolean,
  now: number,
  bodyLength: number,
]

/** A successful write; what else its event says is known where the job came from. */
type FlatWritten = readonly [eventId: number, at: number, user: string, orphan: string | undefined]

/**
 * Packs a batch.
 * @param bodies of the jobs, undefined where there is none
 * @param room where the bodies go; comes back with the results
 */
export function packBatch(
  jobs: readonly Job[],
  bodies: readonly (Uint8Array | undefined)[],
  room: ArrayBuffer,
): BatchMessage {
  const joined = new Uint8Array(room)
  let offset = 0
  const packed = jobs.map((job, index) => {
    const body = bodies[index]
    if (body !== undefined) {
      joined.set(body, offset)
      offset += body.length
    }
    return job.name === 'commitWrite' ? flatten(job.input as WriteCommit, body?.length ?? -1) : job
  })
  return { jobs: packed, room, bodyBytes: offset }
}

/** Reverse of {@link packBatch}; bodies become views of the buffer. */
export function unpackBatch({ jobs, room }: BatchMessage): readonly Job[] {
  let offset = 0
  return jobs.map((job) => {
    if ('name' in job) return job
    const length = job[15]
    const inlineBody = length < 0 ? undefined : new Uint8Array(room, offset, length)
    offset += Math.max(0, length)
    return { name: 'commitWrite', input: unflatten(job, inlineBody) }
  })
}

/** Packs the results of a batch. */
export function packResults(jobs: readonly Job[], results: readonly JobResult[]): readonly (FlatWritten | JobResult)[] {
  return results.map((result, index) => {
    if (!result.isDone || jobs[index]?.name !== 'commitWrite') return result
    const done = result.outcome as CommitWriteOutcome
    return done.outcome === 'written' ? [done.event.id, done.event.at, done.event.user, done.orphan] : result
  })
}

/** Reverse of {@link packResults}. */
export function unpackResults(
  jobs: readonly Job[],
  results: readonly (FlatWritten | JobResult)[],
): readonly JobResult[] {
  return jobs.map((job, index) => {
    const result = results[index]
    if (result === undefined)
      return { isDone: false, reason: 'storage-failed', message: 'the writer answered too little' }
    if ('isDone' in result) return result
    const [id, at, user, orphan] = result
    const { userId, path, etag } = job.input as WriteCommit
    const event = { id, type: 'PUT', userId, user, path, contentHash: etag.slice(1, -1), at } as const
    const outcome: CommitWriteOutcome = { outcome: 'written', event, orphan }
    return { isDone: true, outcome }
  })
}

function flatten(write: WriteCommit, bodyLength: number): FlatWrite {
  return [
    write.userId,
    write.path,
    write.contentLength,
    write.contentType,
    write.etag,
    write.modifiedAt,
    write.lastModified,
    write.body.blobId,
    write.body.place === 'inline',
    write.body.keyGeneration,
    write.defaultQuotaBytes,
    write.lockTokenHash,
    write.precondition,
    write.evenIfDisabled,
    write.now,
    bodyLength,
  ]
}

function unflatten(flat: FlatWrite, inlineBody: Uint8Array | undefined): WriteCommit {
  return {
    userId: flat[0],
    path: flat[1],
    contentLength: flat[2],
    contentType: flat[3],
    etag: flat[4],
    modifiedAt: flat[5],
    lastModified: flat[6],
    body: { blobId: flat[7], place: flat[8] ? 'inline' : 'blob', keyGeneration: flat[9] },
    inlineBody,
    defaultQuotaBytes: flat[10],
    lockTokenHash: flat[11],
    precondition: flat[12],
    evenIfDisabled: flat[13],
    now: flat[14],
  }
}
