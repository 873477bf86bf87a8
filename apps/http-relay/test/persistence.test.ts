import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, startRelay, until } from './relay.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'http-relay-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('persistence (spec 06 §4.10)', () => {
  it('messages, content types and acknowledgements survive a restart', async () => {
    const persistDb = join(folder, 'restart.sqlite')
    {
      await using relay = await startRelay({ persistDb })
      await call(relay, 'POST', '/inbox/kept', 'kept', { 'content-type': 'text/x' })
      await call(relay, 'POST', '/inbox/done', 'done')
      await call(relay, 'DELETE', '/inbox/done')
    }
    await using relay = await startRelay({ persistDb })
    const kept = await call(relay, 'GET', '/inbox/kept')
    expect([kept.text, kept.headers.get('content-type')]).toEqual(['kept', 'text/x'])
    expect((await call(relay, 'GET', '/inbox/done/ack')).text).toBe('true')
    expect(relay.entryCount).toBe(2)
  })

  it('what was answered with 200 is in the file already', async () => {
    const persistDb = join(folder, 'durable.sqlite')
    const relay = await startRelay({ persistDb })
    await call(relay, 'POST', '/inbox/a', 'durable message')
    const bytes = await readFile(`${persistDb}-wal`, 'latin1')
    expect(bytes).toContain('durable message')
    for (const file of [persistDb, `${persistDb}-wal`]) expect((await stat(file)).mode & 0o777).toBe(0o600)
    await relay.stop()
  })

  it('an acknowledged body is not left in the file', async () => {
    const persistDb = join(folder, 'erased.sqlite')
    {
      await using relay = await startRelay({ persistDb })
      await call(relay, 'POST', '/inbox/a', 'secret ciphertext')
      await call(relay, 'DELETE', '/inbox/a')
    }
    expect(await readFile(persistDb, 'latin1')).not.toContain('secret ciphertext')
  })

  it('has the tables of upstream', async () => {
    const persistDb = join(folder, 'layout.sqlite')
    {
      await using relay = await startRelay({ persistDb })
      await call(relay, 'POST', '/inbox/a', 'x')
    }
    const database = new Database(persistDb, { readonly: true })
    const columns = database.pragma('table_info(entries)') as { name: string }[]
    const names = columns.map((column) => column.name)
    const row = database.prepare('SELECT * FROM entries').get()
    database.close()
    expect(names).toEqual(['id', 'message_body', 'content_type', 'acked', 'expires_at', 'created_at'])
    expect(row).toMatchObject({ id: 'a', acked: 0, content_type: null })
  })

  it('evicts in the file too, and drops what expired while it was down', async () => {
    const persistDb = join(folder, 'evict.sqlite')
    const clock = { now: 1_000_000 }
    const init = { persistDb, maxEntries: 2, inboxTtlMs: 1_000, now: () => clock.now }
    {
      await using relay = await startRelay(init)
      for (const id of ['a', 'b', 'c']) {
        clock.now += 400
        await call(relay, 'POST', `/inbox/${id}`, id)
      }
    }
    clock.now += 700
    await using relay = await startRelay(init)
    const states = await Promise.all(['a', 'b', 'c'].map((id) => call(relay, 'GET', `/inbox/${id}/ack`)))
    expect(states.map((state) => state.status)).toEqual([404, 404, 200])
  })

  it('a file in use and a file that is no database are refused by name', async () => {
    const persistDb = join(folder, 'busy.sqlite')
    await using relay = await startRelay({ persistDb })
    await call(relay, 'POST', '/inbox/a', 'x')
    await expect(startRelay({ persistDb })).rejects.toThrow(`${persistDb}: another relay uses it`)
    await expect(startRelay({ persistDb: folder })).rejects.toThrow(`cannot open the message file ${folder}`)
  })

  it('a write that fails is 500, and the message is not kept', async () => {
    const persistDb = join(folder, 'full.sqlite')
    const setup = new Database(persistDb)
    setup.exec(`
      CREATE TABLE entries (id TEXT PRIMARY KEY CHECK (id <> 'bad'), message_body BLOB, content_type TEXT,
        acked INTEGER DEFAULT 0, expires_at INTEGER NOT NULL, created_at INTEGER NOT NULL)`)
    setup.close()
    await using relay = await startRelay({ persistDb })
    const failed = await call(relay, 'POST', '/inbox/bad', 'x')
    expect([failed.status, failed.text]).toEqual([500, 'Failed to store message'])
    const sending = call(relay, 'POST', '/link/bad', 'x')
    expect((await sending).status).toBe(500)
    await until(() => relay.waiterCount === 0)
    expect((await call(relay, 'POST', '/inbox/good', 'x')).status).toBe(200)
    expect(relay.entryCount).toBe(1)
  })
})
