import type { Store, UserRecord, WriteCommit } from '../../src/store/store.ts'

export const NOW = 1_790_000_000_000_000

export const ignore = { info: () => {}, warn: () => {}, error: () => {} }

export const raise = (error: Error) => {
  throw error
}

/** An account whose key repeats that letter. */
export async function createUser(store: Store, letter: string): Promise<UserRecord> {
  const publicKey = letter.repeat(52)
  const created = await store.createUser({ publicKey, key: undefined, tokenLookup: undefined, now: NOW })
  if (created.outcome !== 'created') throw new Error(created.outcome)
  return created.user
}

let blobs = 0

/** A write with a body and a validator that no other has. */
export function writeOf(
  owner: UserRecord | undefined,
  path: string,
  changes: Partial<WriteCommit> = {},
  length = 3,
): WriteCommit {
  if (owner === undefined) throw new Error('no such user')
  blobs += 1
  return {
    userId: owner.id,
    path,
    contentLength: length,
    contentType: 'text/plain',
    etag: `"tag-${blobs}"`,
    modifiedAt: NOW + blobs,
    lastModified: 'Tue, 24 Nov 2026 00:00:00 GMT',
    body: { blobId: blobs.toString(16).padStart(32, '0'), place: 'inline', keyGeneration: 0 },
    inlineBody: new Uint8Array(length).fill(blobs),
    defaultQuotaBytes: undefined,
    lockTokenHash: undefined,
    precondition: undefined,
    evenIfDisabled: false,
    now: NOW,
    ...changes,
  }
}
