/** Jobs as `apply_batch` reads them, and its answers as outcomes. Bytes travel as hex inside the JSON. */
import type { Job, OperationInput, OperationName, OperationOutcome } from '../operations.ts'
import { fromGrantRow, fromUserRow, type GrantRow, toQuotaValues, type UserRow } from '../rows.ts'
import type { EventRecord, WritePrecondition } from '../store.ts'

/** What an outcome is made from. */
interface Codec<Name extends OperationName> {
  readonly encode: (input: OperationInput<Name>) => object
  /** @param answer of the function in the migrations, parsed JSON */
  readonly decode: (answer: never, input: OperationInput<Name>) => OperationOutcome<Name>
}

const same = (answer: never) => answer

const CODECS: { readonly [Name in OperationName]: Codec<Name> } = {
  rememberSetting: {
    encode: ([name, value]) => ({ name, value: hex(value) }),
    decode: (answer: string) => bytes(answer),
  },
  createUser: {
    encode: ({ publicKey, key, tokenLookup, now }) => ({
      publicKey,
      key: key === undefined ? undefined : { ...key, rootKeyId: hex(key.rootKeyId), wrapped: hex(key.wrapped) },
      tokenLookup: tokenLookup === undefined ? undefined : hex(tokenLookup),
      now,
    }),
    decode: (answer: ['created', UserRow] | ['user-exists' | 'token-unknown' | 'token-used']) =>
      answer[0] === 'created' ? { outcome: 'created', user: fromUserRow(answer[1]) } : { outcome: answer[0] },
  },
  rememberUserKey: {
    encode: ([user, key, now]) => ({
      user,
      key: { ...key, rootKeyId: hex(key.rootKeyId), wrapped: hex(key.wrapped) },
      now,
    }),
    decode: (answer: { rootKeyId: string; wrapped: string } | null, [, { generation }]) =>
      answer === null ? undefined : { generation, rootKeyId: bytes(answer.rootKeyId), wrapped: bytes(answer.wrapped) },
  },
  setUserDisabled: { encode: ([user, disabled]) => ({ user, disabled }), decode: same },
  replaceUserQuota: {
    encode: ([user, expected, next]) => ({ user, expected: toQuotaValues(expected), next: toQuotaValues(next) }),
    decode: same,
  },
  createSignupToken: {
    encode: ({ lookup, sealed, createdAt, quota }) => ({
      lookup: hex(lookup),
      sealed: hex(sealed),
      createdAt,
      quota: toQuotaValues(quota),
    }),
    decode: () => undefined,
  },
  createCookieSession: {
    encode: (session) => ({ ...session, secretHash: hex(session.secretHash) }),
    decode: (answer: number | null) => answer ?? undefined,
  },
  revokeCookieSession: { encode: (id) => ({ id }), decode: same },
  spendProof: { encode: ([proof, now, expiresAt]) => ({ proof, now, expiresAt }), decode: same },
  deleteUser: { encode: ([user, now]) => ({ user, now }), decode: same },
  sweepDeletedUsers: {
    encode: ([limit, now]) => ({ limit, now }),
    decode: (answer: {
      done: boolean
      user: number
      key: string
      events: [number, number, string][]
      orphans: string[]
    }) => ({
      done: answer.done,
      events: answer.events.map(([id, at, path]) => ({
        id,
        type: 'DEL',
        userId: answer.user,
        user: answer.key,
        path,
        contentHash: undefined,
        at,
      })),
      orphans: answer.orphans,
    }),
  },
  redeemGrant: {
    encode: ({ grant, tokenHash, tokenExpiresAtSeconds, nowSeconds }) => ({
      grant,
      tokenHash: hex(tokenHash),
      tokenExpiresAtSeconds,
      nowSeconds,
    }),
    decode: (
      answer: ['redeemed', Omit<GrantRow, 'public_key'>] | ['revoked' | 'expired' | 'id-in-use' | 'user-unknown'],
      { grant },
    ) =>
      answer[0] === 'redeemed'
        ? { outcome: 'redeemed', grant: fromGrantRow({ ...answer[1], public_key: grant.user }) }
        : { outcome: answer[0] },
  },
  revokeGrant: { encode: ([id, nowSeconds]) => ({ id, nowSeconds }), decode: same },
  commitWrite: {
    encode: (write) => ({
      userId: write.userId,
      path: write.path,
      length: write.contentLength,
      type: write.contentType,
      etag: write.etag,
      modifiedAt: write.modifiedAt,
      lastModified: write.lastModified,
      blob: write.body.blobId,
      isInline: write.body.place === 'inline',
      generation: write.body.keyGeneration,
      quota: write.defaultQuotaBytes,
      lock: write.lockTokenHash === undefined ? undefined : hex(write.lockTokenHash),
      precondition: presentOnly(write.precondition),
      evenIfDisabled: write.evenIfDisabled,
      now: write.now,
      ancestors: properAncestors(write.path),
    }),
    decode: (
      answer:
        | Committed<'written'>
        | ['user-unknown' | 'user-disabled' | 'lock-lost' | 'collision' | 'over-quota' | 'precondition-failed'],
      { userId, path, etag },
    ) =>
      answer[0] === 'written'
        ? { outcome: 'written', ...committed(answer, userId, path, etag.slice(1, -1)) }
        : { outcome: answer[0] },
  },
  commitDelete: {
    encode: ({ userId, path, lockTokenHash, precondition, now }) => ({
      userId,
      path,
      lock: lockTokenHash === undefined ? undefined : hex(lockTokenHash),
      precondition: presentOnly(precondition),
      now,
    }),
    decode: (
      answer: Committed<'deleted'> | ['entry-unknown' | 'lock-lost' | 'precondition-failed'],
      { userId, path },
    ) =>
      answer[0] === 'deleted'
        ? { outcome: 'deleted', ...committed(answer, userId, path, undefined) }
        : { outcome: answer[0] },
  },
  acquireLock: { encode: (lock) => ({ ...lock, tokenHash: hex(lock.tokenHash) }), decode: same },
  extendLock: {
    encode: (extension) => ({ ...extension, tokenHashes: extension.tokenHashes.map(hex) }),
    decode: (answer: number | null) => answer ?? undefined,
  },
  releaseLock: {
    encode: ([user, path, tokenHash]) => ({ user, path, tokenHash: hex(tokenHash) }),
    decode: same,
  },
}

/** What `commit_write` and `commit_delete` answer. */
type Committed<Name> = [Name, [id: number, at: number], user: string, orphan: string | null]

// The queue pairs each name with its input and outcome; the type system cannot follow the pair through the union.
interface AnyCodec {
  readonly encode: (input: unknown) => object
  readonly decode: (answer: unknown, input: unknown) => unknown
}

/**
 * The job as an element of the list that `apply_batch` takes; undefined when a text in it is none that PostgreSQL
 * holds: U+0000 and halves of surrogate pairs.
 * @param place of its body in the bodies of the batch
 */
export function encodeJob(
  { name, input }: Job,
  place: { readonly bodyAt: number; readonly bodyLength: number } | undefined,
): string | undefined {
  const text = JSON.stringify({ op: name, ...(CODECS[name] as unknown as AnyCodec).encode(input), ...place })
  return UNSTORABLE.test(text) ? undefined : text
}

/** The escapes by which JSON writes such texts, and not a backslash followed by the same letters. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

/** The outcome of a job. @param answer its element of the outcomes that `apply_batch` answers */
export function decodeOutcome({ name, input }: Job, answer: unknown): unknown {
  return (CODECS[name] as unknown as AnyCodec).decode(answer, input)
}

/** Paths at which a file would be in the way of `path`; the first segment is one of the two roots, never a file. */
export function properAncestors(path: string): string[] {
  const found: string[] = []
  for (let slash = path.indexOf('/', path.indexOf('/', 1) + 1); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    found.push(path.slice(0, slash))
  }
  return found
}

function committed(
  [, [id, at], user, orphan]: Committed<string>,
  userId: number,
  path: string,
  contentHash: string | undefined,
): { readonly event: EventRecord; readonly orphan: string | undefined } {
  const event = { id, type: contentHash === undefined ? 'DEL' : 'PUT', userId, user, path, contentHash, at } as const
  return { event, orphan: orphan ?? undefined }
}

function presentOnly(precondition: WritePrecondition | undefined): WritePrecondition | undefined {
  const isEmpty = precondition?.ifMatch === undefined && precondition?.ifNoneMatch === undefined
  return isEmpty ? undefined : precondition
}

function hex(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString('hex')
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'hex')
}
