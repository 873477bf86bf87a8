import { expect, test } from 'vitest'
import type { Job } from '../operations.ts'
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
  const deletion = { userId: 1, path: '/pub/0', lockTokenHash: undefined, precondition: undefined, now: 2 }
  expect(writer.run([{ name: 'commitDelete', input: deletion }], 0)).toMatchObject([
    { isDone: true, outcome: { outcome: 'deleted' } },
  ])
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
  db.exec("UPDATE sqlite_schema SET rootpage = 999999 WHERE name = 'inline_bodies'")
  db.pragma('schema_version = 9999')
  expect(() => writer.run([write('/pub/a')], 0)).toThrow(DiskFailure)
  db.close()
})
