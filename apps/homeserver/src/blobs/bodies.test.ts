import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { EntryRecord, Store } from '../store/store.ts'
import { openDiskBlobs } from './backends/disk.ts'
import { Bodies } from './bodies.ts'
import { Keyring } from './keyring.ts'
import { type KeyOwner, UserKeys } from './user-keys.ts'

const signal = new AbortController().signal
const LENGTHS = [0, 1, 65_535, 65_536, 65_537, 262_144, 262_145, 1_000_000]

let folder: string
let store: Store
let owner: KeyOwner

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pubky-bodies-'))
  store = await openSqliteStore({
    path: undefined,
    onFatal: (error) => {
      throw error
    },
  })
  const created = await store.createUser({ publicKey: 'a'.repeat(52), key: undefined, tokenLookup: undefined, now: 1 })
  if (created.outcome !== 'created') throw new Error(created.outcome)
  owner = { id: created.user.id, publicKeyBytes: randomBytes(32) }
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function bodies(isSealed: boolean): Promise<Bodies> {
  const keyring = new Keyring(new Uint8Array(32).fill(1), store.installId)
  return new Bodies(await openDiskBlobs(folder), isSealed ? new UserKeys(store, keyring, () => 1) : undefined)
}

async function put(into: Bodies, body: Uint8Array, pieceLength = 50_000): Promise<EntryRecord> {
  const upload = await into.upload(owner, signal)
  for (let offset = 0; offset < body.length; offset += pieceLength) {
    await upload.write(body.subarray(offset, offset + pieceLength))
  }
  return entryOf((await upload.finish()).reference, body.length)
}

function entryOf(body: EntryRecord['body'], contentLength: number): EntryRecord {
  return {
    id: 1,
    path: '/pub/x',
    contentLength,
    contentType: '',
    etag: '',
    createdAt: 0,
    modifiedAt: 0,
    lastModified: '',
    body,
  }
}

async function get(from: Bodies, entry: EntryRecord, start = 0, end = entry.contentLength): Promise<Buffer> {
  const open = await from.open(owner, entry, signal)
  const parts: Uint8Array[] = []
  for await (const part of open?.stream(signal, start, end) ?? []) parts.push(part)
  return Buffer.concat(parts)
}

describe.each([true, false])('bodies, sealed: %s', (isSealed) => {
  test.each(LENGTHS)('blob of %d bytes, whole and ranges', async (length) => {
    const at = await bodies(isSealed)
    const body = randomBytes(length)
    const entry = await put(at, body)
    expect((await get(at, entry)).equals(body)).toBe(true)
    const ranges = [
      [0, Math.min(1, length)],
      [Math.max(0, length - 1), length],
      [65_530, 65_540],
      [65_536, 131_072],
      [1, length],
      [300_000, 300_001],
    ] as const
    for (const [start, end] of ranges) {
      if (end > length || start > length) continue
      expect((await get(at, entry, start, end)).equals(body.subarray(start, end))).toBe(true)
    }
  })

  test('inline bodies', async () => {
    const at = await bodies(isSealed)
    const body = randomBytes(1_000)
    const { reference, inlineBody } = await at.storeInline(owner, body)
    expect(reference.place).toBe('inline')
    const entry = entryOf(reference, body.length)
    expect(Buffer.from(await at.openInline(owner, entry, inlineBody ?? new Uint8Array())).equals(body)).toBe(true)
    expect(Buffer.from(inlineBody ?? []).includes(body.subarray(0, 16))).toBe(!isSealed)
    const cut = (inlineBody ?? new Uint8Array()).subarray(1)
    await expect((async () => at.openInline(owner, entry, cut))()).rejects.toMatchObject({ code: 'body-corrupt' })
  })

  test('a reader keeps its version when the blob is removed', async () => {
    const at = await bodies(isSealed)
    const body = randomBytes(600_000)
    const entry = await put(at, body)
    const open = await at.open(owner, entry, signal)
    await at.remove(entry.body.blobId)
    const parts: Uint8Array[] = []
    for await (const part of open?.stream(signal, 0, body.length) ?? []) parts.push(part)
    expect(Buffer.concat(parts).equals(body)).toBe(true)
    expect(await at.open(owner, entry, signal)).toBeUndefined()
  })

  test('an aborted upload leaves nothing; a stopped reader closes', async () => {
    const at = await bodies(isSealed)
    const upload = await at.upload(owner, signal)
    await upload.write(randomBytes(500_000))
    await upload.abort()
    expect(await readdir(join(folder, 'tmp'))).toEqual([])
    const entry = await put(at, randomBytes(900_000))
    const open = await at.open(owner, entry, signal)
    for await (const _ of open?.stream(signal, 0, 900_000) ?? []) break
    await open?.close()
  })

  test('the sweeper removes what no row names, but nothing of this run', async () => {
    const before = await bodies(isSealed)
    const kept = await put(before, randomBytes(100))
    const orphan = await put(before, randomBytes(100))
    const now = await bodies(isSealed)
    const fresh = await put(now, randomBytes(100))
    const named = async (ids: readonly string[]) => new Set(ids.filter((id) => id === kept.body.blobId))
    expect(await now.sweep(named, Number.POSITIVE_INFINITY, signal)).toBe(1)
    expect(await now.open(owner, orphan, signal)).toBeUndefined()
    expect(await get(now, kept)).toHaveLength(100)
    expect(await get(now, fresh)).toHaveLength(100)
  })
})

test('the sweeper leaves young blobs alone where others use the folder too', async () => {
  const old = await put(await bodies(true), randomBytes(100))
  const hourAgo = Date.now() / 1_000 - 3_600
  await utimes(join(folder, 'objects', old.body.blobId.slice(0, 2), old.body.blobId), hourAgo, hourAgo)
  const young = await put(await bodies(true), randomBytes(100))
  const now = await bodies(true)
  expect(await now.sweep(async () => new Set(), Date.now() - 1_800_000, signal)).toBe(1)
  expect(await now.open(owner, old, signal)).toBeUndefined()
  expect(await get(now, young)).toHaveLength(100)
})

test('a flipped bit is found before anything of its chunk is served', async () => {
  const at = await bodies(true)
  const body = randomBytes(300_000)
  const entry = await put(at, body)
  const path = join(folder, 'objects', entry.body.blobId.slice(0, 2), entry.body.blobId)
  const stored = await readFile(path)
  const damaged = Buffer.from(stored)
  damaged[64 + 2 * 65_552 + 5] = (damaged[64 + 2 * 65_552 + 5] ?? 0) ^ 1
  await writeFile(path, damaged)
  const open = await at.open(owner, entry, signal)
  let served = 0
  const read = async () => {
    for await (const part of open?.stream(signal, 0, body.length) ?? []) {
      expect(Buffer.from(part).equals(body.subarray(served, served + part.length))).toBe(true)
      served += part.length
    }
  }
  await expect(read()).rejects.toMatchObject({ code: 'body-corrupt' })
  expect(served).toBe(131_072)
  for (const wrong of [
    stored.subarray(0, stored.length - 1),
    Buffer.concat([stored, Buffer.alloc(1)]),
    Buffer.alloc(3),
  ]) {
    await writeFile(path, wrong)
    await expect(get(at, entry)).rejects.toMatchObject({ code: 'body-corrupt' })
    await expect(get(at, entry, 70_000, 70_001)).rejects.toMatchObject({ code: 'body-corrupt' })
  }
})

test('without its key a body is gone', async () => {
  const at = await bodies(true)
  const entry = await put(at, randomBytes(10))
  await store.deleteUser(owner.id, 2)
  const later = await bodies(true)
  await expect(later.open(owner, entry, signal)).rejects.toMatchObject({ code: 'body-corrupt' })
  await expect(later.upload(owner, signal)).rejects.toMatchObject({ code: 'user-unknown' })
})

test.each(['current', 'ofGeneration'] as const)(
  'a key that is read while its account goes is not kept: %s',
  async (how) => {
    const keyring = new Keyring(new Uint8Array(32).fill(1), store.installId)
    await store.rememberUserKey(owner.id, keyring.createUserKey(owner.publicKeyBytes), 1)
    const keys = new UserKeys(store, keyring, () => 1)
    const load = () => (async () => (how === 'current' ? keys.current(owner) : keys.ofGeneration(owner, 1)))()
    const findUserKey = store.findUserKey.bind(store)
    vi.spyOn(store, 'findUserKey').mockImplementationOnce(async (user, generation) => {
      const found = await findUserKey(user, generation)
      await store.deleteUser(user, 2)
      return found
    })
    expect((await load()).bytes).toHaveLength(32)
    await expect(load()).rejects.toMatchObject({ code: how === 'current' ? 'user-unknown' : 'body-corrupt' })
  },
)
