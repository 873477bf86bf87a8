import { randomBytes } from 'node:crypto'
import { chmod, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Keypair } from '@pubky/crypto'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { signal, TestCore } from './support/open-test-core.ts'

let at: TestCore

beforeEach(async () => {
  at = await TestCore.open()
})
afterEach(async () => {
  await at[Symbol.asyncDispose]()
})

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fine',
    (error) => String(error.message),
  )

/** Every byte of every file below the data folder, by name. */
async function everything(): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  for (const entry of await readdir(at.directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path, await readFile(path))
  }
  return files
}

describe('what lies on the disk', () => {
  test('shows no body and no secret: not in the database, its log, the bodies, or unfinished uploads', async () => {
    await at.restart({ signupMode: 'token-required' })
    const marker = (name: string) => `MARKER-${name}-${randomBytes(12).toString('hex')}`
    const secrets: string[] = []
    const hidden = (name: string) => {
      const text = marker(name)
      secrets.push(text)
      return text
    }
    const token = await at.core.signupTokens.generate({})
    const unused = await at.core.signupTokens.generate({})
    secrets.push(token, unused)
    const user = Keypair.random()
    const { session, secret } = await at.core.sessions.signUp(at.authToken(user), token)
    const tenant = user.publicKey.z32()
    secrets.push(secret)
    const { token: bearer } = await at.core.grants.exchange(at.grant(user, Keypair.random()))
    secrets.push(bearer)
    const lock = await at.core.locks.acquire(session, tenant, '/pub/locked', 60)
    secrets.push(lock.token)

    for (const root of ['pub', 'priv']) {
      for (const size of [0, 10_000, 65_000, 70_000, 500_000]) {
        const text = hidden(`${root}-${size}`)
        const body = Buffer.concat([Buffer.from(text), Buffer.alloc(size, text)])
        await at.put(session, tenant, `/${root}/${size}`, body)
        await at.put(session, tenant, `/${root}/again-${size}`, body)
        await at.put(session, tenant, `/${root}/again-${size}`, Buffer.from(hidden(`replaced-${root}-${size}`)))
      }
    }
    await at.put(session, tenant, '/pub/gone', hidden('deleted'))
    await at.core.files.delete({ session, tenant, path: '/pub/gone', lockTokens: [] })
    const unfinished = await at.core.files.beginWrite(
      { session, tenant, path: '/pub/unfinished', contentLength: undefined, lockTokens: [] },
      signal,
    )
    await unfinished.write(Buffer.alloc(1_000_000, hidden('unfinished')))

    const check = async () => {
      const files = await everything()
      const names = [...files.keys()].map((name) => name.slice(at.directory.length + 1))
      for (const [name, bytes] of files) {
        for (const text of secrets) expect(bytes.includes(text), `${text} in ${name}`).toBe(false)
      }
      return names
    }
    const names = await check()
    // The search covers what it is meant to cover.
    expect(names).toContain('homeserver.sqlite-wal')
    expect(names.some((name) => name.startsWith('bodies/tmp/'))).toBe(true)
    expect(names.filter((name) => name.startsWith('bodies/objects/'))).not.toHaveLength(0)
    expect((await everything()).get(join(at.directory, 'homeserver.sqlite-wal'))?.includes('/pub/again-0')).toBe(true)
    await unfinished.abort()
    await at.restart({ signupMode: 'token-required' })
    await check()
    expect(await at.core.signupTokens.status(unused)).toMatchObject({ status: 'valid' })
    expect(await at.core.sessions.fromCookie(tenant, secret)).toBeDefined()
    expect(await at.core.sessions.fromBearer(bearer)).toBeDefined()
  })

  test('a deleted account cannot be read from an old copy of its rows', async () => {
    const { session, tenant } = await at.signUp()
    await at.put(session, tenant, '/pub/f', 'x')
    await at.core.users.delete(tenant)
    await at.core[Symbol.asyncDispose]()
    const db = new Database(join(at.directory, 'homeserver.sqlite'))
    expect(db.prepare('SELECT count(*) FROM user_keys').pluck().get()).toBe(0)
    expect(db.prepare('SELECT count(*) FROM entries').pluck().get()).toBe(0)
    db.close()
    await at.restart()
  })

  test('a flipped bit in an inline body is found on read, the bytes of another entry too', async () => {
    const { session, tenant } = await at.signUp()
    await at.put(session, tenant, '/pub/f', 'one content')
    await at.put(session, tenant, '/pub/g', 'two content')
    const change = async (sql: string) => {
      const db = new Database(join(at.directory, 'homeserver.sqlite'))
      db.exec(sql)
      db.close()
      await at.restart()
    }
    const [first, second] = [1, 2]
    await change(
      `UPDATE entries SET inline_body = CAST(substr(inline_body, 1, 70) || x'00' || substr(inline_body, 72) AS BLOB)
       WHERE id = ${first}`,
    )
    expect(await failure(at.get(tenant, '/pub/f'))).toContain('damaged')
    expect((await at.get(tenant, '/pub/g')).toString()).toBe('two content')
    await change(
      `UPDATE entries SET inline_body = (SELECT inline_body FROM entries WHERE id = ${second}) WHERE id = ${first}`,
    )
    expect(await failure(at.get(tenant, '/pub/f'))).toContain('damaged')
  })
})

describe('the key', () => {
  test('is made at the first start, outside of the data folder; never inside', async () => {
    expect(await readFile(at.keyFile, 'latin1')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(await failure(at.restart({ encryption: { keyFile: join(at.directory, 'root.key') } }))).toContain(
      'must not lie inside the data folder',
    )
    await at.restart()
  })

  test('missing or wrong, it fails the start before anything is touched; put back, all is there', async () => {
    const { session, tenant } = await at.signUp()
    await at.put(session, tenant, '/pub/f', 'sealed')
    await at.core[Symbol.asyncDispose]()
    const before = await everything()
    await rename(at.keyFile, `${at.keyFile}.away`)
    expect(await failure(at.restart())).toContain('is missing')
    await writeFile(at.keyFile, `${'00'.repeat(32)}\n`)
    expect(await failure(at.restart())).toContain('is not the one that this data was sealed with')
    await writeFile(at.keyFile, 'not a key')
    expect(await failure(at.restart())).toContain('64 hex digits')
    expect(await failure(at.restart({ encryption: 'off' }))).toContain('cannot be switched off')
    for (const [name, bytes] of await everything()) {
      // Looking at a database leaves its empty log and index behind.
      if (name.endsWith('in-use') || name.endsWith('-shm') || bytes.length === 0) continue
      expect(before.get(name)?.equals(bytes), name).toBe(true)
    }
    await chmod(`${at.keyFile}.away`, 0o400)
    await rename(`${at.keyFile}.away`, at.keyFile)
    await at.restart()
    expect((await at.get(tenant, '/pub/f')).toString()).toBe('sealed')
  })

  test('a second process is kept out of the folder', async () => {
    const db = new Database(join(at.directory, 'in-use'), { timeout: 0 })
    expect(() => db.exec('BEGIN EXCLUSIVE')).toThrow('locked')
    db.close()
  })
})

test('without encryption bodies lie there as they are, and it cannot be switched on later', async () => {
  await using plain = await TestCore.open({ encryption: 'off' })
  const { session, tenant } = await plain.signUp()
  const text = randomBytes(20).toString('hex')
  await plain.put(session, tenant, '/pub/f', text)
  await plain.put(session, tenant, '/pub/large', Buffer.alloc(100_000, text))
  expect((await plain.get(tenant, '/pub/f')).toString()).toBe(text)
  await plain.core[Symbol.asyncDispose]()
  const [database] = [await readFile(join(plain.directory, 'homeserver.sqlite'))]
  expect(database.includes(text)).toBe(true)
  expect(await failure(plain.restart({ encryption: { keyFile: plain.keyFile } }))).toContain('cannot be switched on')
  await plain.restart()
  expect((await plain.get(tenant, '/pub/large')).length).toBe(100_000)
})
