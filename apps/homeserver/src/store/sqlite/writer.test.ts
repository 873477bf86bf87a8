import { expect, test } from 'vitest'
import type { Job, JobResult } from '../operations.ts'
import type { WriteCommit } from '../store.ts'
import { type Connection, IN_MEMORY, openWriter } from './connection.ts'
import { DiskFailure, Writer } from './writer.ts'

function write(path: string, changes: object = {}): Job {
  const input: WriteCommit = {
    userId: 1,
    path,
    contentLength: 1,
    contentType: 'text/plain',
    etag: '"x"',
    modifiedAt: 1,
    lastModified: '',
    body: { blobId: '0'.repeat(32), place: 'inline', keyGeneration: 0 },
    inlineBody: new Uint8Array(1),
    defaultQuotaBytes: undefined,
    lockTokenHash: undefined,
    precondition: undefined,
    evenIfDisabled: false,
    now: 1,
    ...changes,
  }
  return { name: 'commitWrite', input }
}

function remove(path: string): Job {
  return {
    name: 'commitDelete',
    input: { userId: 1, path, lockTokenHash: undefined, precondition: undefined, now: 2 },
  }
}

/** What became of each job: the outcome it names, or its bare answer. */
function outcomes(results: readonly JobResult[]): unknown[] {
  return results.map((result) => {
    const outcome: unknown = result.isDone ? result.outcome : result.reason
    return typeof outcome === 'object' && outcome !== null && 'outcome' in outcome ? outcome.outcome : outcome
  })
}

function open(): { db: Connection; writer: Writer } {
  const db = openWriter(IN_MEMORY)
  const writer = new Writer(db, undefined)
  const account = { publicKey: 'a'.repeat(52), key: undefined, tokenLookup: undefined, now: 1 }
  writer.run([{ name: 'createUser', input: account }], 0)
  return { db, writer }
}

test('a job that breaks the transaction fails alone, its neighbours are committed, and nothing of it stays', () => {
  const { db, writer } = open()
  // The entry goes in before its body is refused.
  const broken = write('/pub/broken', { inlineBody: 'not bytes' })
  const results = writer.run([write('/pub/a'), broken, write('/pub/b')], 0)
  expect(results.map(({ isDone }) => isDone)).toEqual([true, false, true])
  expect(results[1]).toMatchObject({ reason: 'storage-failed' })
  expect(db.prepare('SELECT path FROM entries ORDER BY path').pluck().all()).toEqual(['/pub/a', '/pub/b'])
  expect(db.prepare('SELECT path FROM events ORDER BY id').pluck().all()).toEqual(['/pub/a', '/pub/b'])
  expect(db.prepare('SELECT used_bytes FROM users').pluck().get()).toBe(514)
  expect(db.inTransaction).toBe(false)
  db.close()
})

test('jobs of one batch see what those before them did to folders', () => {
  const { db, writer } = open()
  const results = writer.run(
    [
      ...[write('/pub/a/x'), write('/pub/a/y'), write('/pub/a'), remove('/pub/a/x'), write('/pub/a')],
      ...[remove('/pub/a/y'), write('/pub/a'), write('/pub/a/z'), write('/pub/a/b/c'), write('/pub/c')],
    ],
    0,
  )
  expect(outcomes(results)).toEqual([
    ...['written', 'written', 'collision', 'deleted', 'collision'],
    ...['deleted', 'written', 'collision', 'collision', 'written'],
  ])
  expect(db.prepare('SELECT path FROM entries ORDER BY path').pluck().all()).toEqual(['/pub/a', '/pub/c'])
  expect(db.prepare('SELECT used_bytes FROM users').pluck().get()).toBe(514)
  db.close()
})

test('jobs of one batch see what those before them did to the user', () => {
  const { db, writer } = open()
  const none = { rateRead: null, rateWrite: null, rateReadBurst: null, rateWriteBurst: null, allowedWritePaths: null }
  const [unset, one] = [
    { ...none, storageMb: null },
    { ...none, storageMb: 1 as const },
  ]
  const large = { contentLength: 1_048_000 }
  const results = writer.run(
    [
      ...[write('/pub/a', large), { name: 'replaceUserQuota', input: [1, unset, one] } as const],
      ...[write('/pub/b', large), write('/pub/b'), remove('/pub/a'), write('/pub/c', large), write('/pub/c', large)],
      ...[{ name: 'setUserDisabled', input: [1, true] } as const, write('/pub/d')],
    ],
    0,
  )
  expect(outcomes(results)).toEqual([
    ...['written', true, 'over-quota', 'written', 'deleted', 'written', 'written', true, 'user-disabled'],
  ])
  expect(db.prepare('SELECT used_bytes FROM users').pluck().get()).toBe(1_048_000 + 1 + 2 * 256)
  const after = writer.run([remove('/pub/b'), { name: 'deleteUser', input: [1, 2] }, write('/pub/e')], 0)
  expect(outcomes(after)).toEqual(['deleted', true, 'user-unknown'])
  expect(db.prepare('SELECT used_bytes FROM users').pluck().get()).toBe(0)
  db.close()
})

test('a full database refuses the write that does not fit, and goes on', () => {
  const { db, writer } = open()
  db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 40}`)
  const body = new Uint8Array(60_000)
  const fill = Array.from({ length: 5 }, (_, index) =>
    write(`/pub/${index}`, { inlineBody: body, contentLength: 60_000 }),
  )
  const results = writer.run(fill, 0)
  expect(results.filter(({ isDone }) => isDone)).toHaveLength(2)
  expect(results.at(-1)).toMatchObject({ isDone: false, reason: 'disk-full' })
  expect(outcomes(writer.run([remove('/pub/0')], 0))).toEqual(['deleted'])
  expect(writer.run([write('/pub/9', { inlineBody: body, contentLength: 60_000 })], 0)).toMatchObject([
    { isDone: true },
  ])
  expect(db.prepare('SELECT used_bytes FROM users').pluck().get()).toBe(120_512)
  db.close()
})

test('a damaged database ends the writer instead of being tried again', () => {
  const { db, writer } = open()
  db.unsafeMode(true)
  db.pragma('writable_schema = ON')
  db.exec("UPDATE sqlite_schema SET rootpage = 999999 WHERE name = 'events'")
  db.pragma('schema_version = 9999')
  expect(() => writer.run([write('/pub/a')], 0)).toThrow(DiskFailure)
  db.close()
})
