import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { blake3 } from '@pubky/crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authorizeRead, authorizeWrite } from '../src/accounts/authorize.ts'
import { type GrantedScope, toCookieSession } from '../src/accounts/session.ts'
import { signal, TestCore } from './support/open-test-core.ts'

let at: TestCore

beforeEach(async () => {
  at = await TestCore.inMemory()
})
afterEach(async () => {
  await at[Symbol.asyncDispose]()
})

/** For tests that look at the disk or restart. */
async function onDisk(): Promise<void> {
  await at[Symbol.asyncDispose]()
  at = await TestCore.open()
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fine',
    (error) => error.code,
  )
const LENGTHS = [0, 1, 16_384, 16_385, 65_535, 65_536, 65_537, 300_000]

async function objects(): Promise<string[]> {
  const names = await readdir(join(at.directory, 'bodies', 'objects'), { recursive: true })
  return names.filter((name) => name.length > 30).toSorted()
}

describe('writing and reading', () => {
  test('bodies of any length, in one piece and in many, cached and not, after a restart', async () => {
    await onDisk()
    const { session, tenant } = await at.signUp()
    const bodies = LENGTHS.map((length) => randomBytes(length))
    const etagOf = (body: Uint8Array) => `"${Buffer.from(blake3(body)).toString('base64')}"`
    for (const body of bodies) {
      const etag = etagOf(body)
      expect(await at.put(session, tenant, `/pub/${body.length}`, body)).toMatchObject({ etag })
      const upload = await at.core.files.beginWrite(
        { session, tenant, path: `/priv/${body.length}`, contentLength: undefined, lockTokens: [] },
        signal,
      )
      for (let offset = 0; offset < body.length; offset += 10_000) {
        await upload.write(body.subarray(offset, offset + 10_000))
      }
      expect(await upload.commit()).toMatchObject({ etag })
      await upload.abort()
    }
    for (const restarts of [0, 1]) {
      if (restarts > 0) await at.restart()
      for (const body of bodies) {
        const { length } = body
        for (const path of [`/pub/${length}`, `/priv/${length}`]) {
          expect((await at.get(tenant, path)).equals(body)).toBe(true)
        }
        expect(at.core.files.cached(tenant, `/pub/${length}`) !== undefined).toBe(length <= 16_384)
        expect(at.core.files.cached(tenant, `/priv/${length}`)).toBeUndefined()
        const found = await at.core.files.find(tenant, `/pub/${length}`)
        expect(found).toMatchObject({ etag: etagOf(body), contentLength: length })
        const [start, end] = [Math.floor(length / 3), Math.floor(length / 2)]
        const parts: Uint8Array[] = []
        const file = await at.core.files.open(tenant, `/pub/${length}`, signal)
        for await (const part of file.stream(signal, start, end)) parts.push(part)
        expect(Buffer.concat(parts).equals(body.subarray(start, end))).toBe(true)
      }
    }
  })

  test('the cache never outlives a change', async () => {
    const { session, tenant } = await at.signUp()
    await at.put(session, tenant, '/pub/f', 'one')
    await at.get(tenant, '/pub/f')
    expect(Buffer.from(at.core.files.cached(tenant, '/pub/f')?.body ?? []).toString()).toBe('one')
    await at.put(session, tenant, '/pub/f', 'two')
    expect(at.core.files.cached(tenant, '/pub/f')).toBeUndefined()
    // A read that started before a write must not put the old version back after it.
    for (let round = 0; round < 50; round += 1) {
      const text = `round ${round}`
      await Promise.all([at.get(tenant, '/pub/f'), at.put(session, tenant, '/pub/f', text), at.get(tenant, '/pub/f')])
      const cached = at.core.files.cached(tenant, '/pub/f')
      if (cached !== undefined) expect(Buffer.from(cached.body).toString()).toBe(text)
      expect((await at.get(tenant, '/pub/f')).toString()).toBe(text)
    }
    await at.core.files.delete({ session, tenant, path: '/pub/f', lockTokens: [] })
    expect(at.core.files.cached(tenant, '/pub/f')).toBeUndefined()
    expect(await code(at.get(tenant, '/pub/f'))).toBe('entry-unknown')
  })

  test('broken uploads leave the old file, row, usage and log, and no bytes', async () => {
    await onDisk()
    const { session, tenant } = await at.signUp()
    await at.put(session, tenant, '/pub/f', 'old')
    const before = await at.core.users.usage(tenant)
    for (const received of [0, 1, 65_535, 65_536, 65_537, 400_000]) {
      const upload = await at.core.files.beginWrite(
        { session, tenant, path: '/pub/f', contentLength: undefined, lockTokens: [] },
        signal,
      )
      for (let offset = 0; offset < received; offset += 30_000) {
        await upload.write(randomBytes(Math.min(30_000, received - offset)))
      }
      await upload.abort()
      await upload.abort()
    }
    expect((await at.get(tenant, '/pub/f')).toString()).toBe('old')
    expect(await at.core.users.usage(tenant)).toEqual(before)
    expect(await at.core.eventLog.publicEvents(undefined, 100)).toHaveLength(1)
    expect(await objects()).toEqual([])
    expect(await readdir(join(at.directory, 'bodies', 'tmp'))).toEqual([])
  })

  test('replaced and deleted blobs go, refused ones too; orphans of a crash go at the next start', async () => {
    await onDisk()
    const { session, tenant } = await at.signUp()
    const large = randomBytes(100_000)
    await at.put(session, tenant, '/pub/f', large)
    await at.put(session, tenant, '/pub/f', large)
    await expect.poll(objects).toHaveLength(1)
    const upload = await at.core.files.beginWrite(
      { session, tenant, path: '/pub/g', contentLength: undefined, lockTokens: [] },
      signal,
    )
    await upload.write(large)
    await at.put(session, tenant, '/pub/g/h', 'in the way')
    expect(await code(upload.commit())).toBe('path-collision')
    await expect.poll(objects).toHaveLength(1)
    const [kept] = await objects()
    await mkdir(join(at.directory, 'bodies', 'objects', '00'), { recursive: true })
    await writeFile(join(at.directory, 'bodies', 'objects', '00', '0'.repeat(32)), 'left behind')
    await writeFile(join(at.directory, 'bodies', 'tmp', '1'.repeat(32)), 'left behind')
    await at.restart()
    await expect.poll(objects).toEqual([kept])
    expect(await readdir(join(at.directory, 'bodies', 'tmp'))).toEqual([])
    await at.core.files.delete({ session, tenant, path: '/pub/f', lockTokens: [] })
    await expect.poll(objects).toEqual([])
  })

  test('a download keeps its version; overlapping writes leave one of the two, whole', async () => {
    const { session, tenant } = await at.signUp()
    const one = randomBytes(500_000)
    const two = randomBytes(500_000)
    await at.put(session, tenant, '/pub/f', one)
    const file = await at.core.files.open(tenant, '/pub/f', signal)
    const parts: Uint8Array[] = []
    for await (const part of file.stream(signal)) {
      if (parts.length === 0) await at.put(session, tenant, '/pub/f', two)
      if (parts.length === 1) await at.core.files.delete({ session, tenant, path: '/pub/f', lockTokens: [] })
      parts.push(part)
    }
    expect(Buffer.concat(parts).equals(one)).toBe(true)
    await Promise.all([at.put(session, tenant, '/pub/f', one), at.put(session, tenant, '/pub/f', two)])
    const left = await at.get(tenant, '/pub/f')
    expect(left.equals(one) || left.equals(two)).toBe(true)
  })

  test('a damaged blob is never served, and the log names the file', async () => {
    const errors: [object, string][] = []
    const log = { info() {}, warn() {}, error: (...entry: [object, string]) => errors.push(entry) }
    await onDisk()
    await at.restart({ log })
    const { session, tenant } = await at.signUp()
    await at.put(session, tenant, '/pub/large', randomBytes(100_000))
    const [name] = await objects()
    const path = join(at.directory, 'bodies', 'objects', name ?? '')
    const stored = await readFile(path)
    stored[70_000] = (stored[70_000] ?? 0) ^ 4
    await writeFile(path, stored)
    expect(await code(at.get(tenant, '/pub/large'))).toBe('body-corrupt')
    await writeFile(path, stored.subarray(0, 10))
    expect(await code(at.get(tenant, '/pub/large'))).toBe('body-corrupt')
    const named = [expect.objectContaining({ user: tenant, path: '/pub/large' }), 'a stored file is damaged']
    expect(errors).toEqual([named, named])
  })
})

describe('limits', () => {
  const MB = 1_048_576

  test('quota (spec 02 §18 item 106), early and exact', async () => {
    await onDisk()
    await at.restart({
      defaultQuota: {
        storageMb: 1,
        rateRead: undefined,
        rateWrite: undefined,
        rateReadBurst: undefined,
        rateWriteBurst: undefined,
      },
    })
    const { session, tenant } = await at.signUp()
    const put = (path: string, length: number) => code(at.put(session, tenant, path, new Uint8Array(length)))
    expect(await put('/pub/a', 600_000)).toBe('fine')
    expect(await put('/pub/a', 600_000)).toBe('fine')
    expect(await put('/pub/b', 600_000)).toBe('quota-exceeded')
    expect(await put('/pub/a', 1_100_000)).toBe('quota-exceeded')
    await at.core.files.delete({ session, tenant, path: '/pub/a', lockTokens: [] })
    expect(await put('/pub/a', 1_025 * 1_024 - 256)).toBe('quota-exceeded')
    expect(await put('/pub/a', MB - 256)).toBe('fine')
    // Without a length the upload stops as soon as it is over.
    const upload = await at.core.files.beginWrite(
      { session, tenant, path: '/pub/a', contentLength: undefined, lockTokens: [] },
      signal,
    )
    await upload.write(new Uint8Array(MB - 256))
    expect(() => upload.write(new Uint8Array(1))).toThrow('Disk space quota exceeded')
    await upload.abort()
    expect((await at.core.files.find(tenant, '/pub/a'))?.contentLength).toBe(MB - 256)
    await at.core.users.patchQuota(tenant, { storage_quota_mb: 0 })
    expect(await put('/pub/a', 1)).toBe('quota-exceeded')
    await at.core.users.patchQuota(tenant, { storage_quota_mb: 'unlimited' })
    expect(await put('/pub/b', MB)).toBe('fine')
  })

  test('64 parallel writes at the limit: as many as fit, the counter exact', async () => {
    const { session, tenant } = await at.signUp()
    await at.core.users.patchQuota(tenant, { storage_quota_mb: 1 })
    const results = await Promise.all(
      Array.from({ length: 64 }, (_, index) => code(at.put(session, tenant, `/pub/${index}`, new Uint8Array(51_944)))),
    )
    expect(results.filter((result) => result === 'fine')).toHaveLength(20)
    expect((await at.core.users.usage(tenant)).usedBytes).toBe(20 * 52_200)
  })

  test('largest body', async () => {
    await onDisk()
    await at.restart({ maxBodyBytes: 1_000 })
    const { session, tenant } = await at.signUp()
    expect(await code(at.put(session, tenant, '/pub/a', new Uint8Array(1_000)))).toBe('fine')
    expect(await code(at.put(session, tenant, '/pub/a', new Uint8Array(1_001)))).toBe('object-too-large')
    expect(await code(at.put(session, tenant, '/pub/a', new Uint8Array(100_000)))).toBe('object-too-large')
  })

  test('a nearly full disk refuses writes only', async () => {
    await onDisk()
    const { session, tenant } = await at.signUp()
    await at.put(session, tenant, '/pub/a', 'x')
    await at.restart({ lowWaterBytes: Number.MAX_SAFE_INTEGER })
    expect(await code(at.put(session, tenant, '/pub/b', 'x'))).toBe('disk-full')
    expect(await code(at.put(session, tenant, '/pub/b', new Uint8Array(100_000)))).toBe('disk-full')
    expect((await at.get(tenant, '/pub/a')).toString()).toBe('x')
    await at.core.files.delete({ session, tenant, path: '/pub/a', lockTokens: [] })
    await at.signUp()
  })

  test('allowed write paths', async () => {
    const { session, tenant } = await at.signUp()
    await at.put(session, tenant, '/pub/other/bar.json', 'x')
    await at.core.users.patchQuota(tenant, { allowed_write_paths: ['/pub/tokens/', '/pub/one'] })
    expect(await code(at.put(session, tenant, '/pub/tokens/foo.json', 'x'))).toBe('fine')
    expect(await code(at.put(session, tenant, '/pub/one', 'x'))).toBe('fine')
    expect(await code(at.put(session, tenant, '/pub/one/two', 'x'))).toBe('write-path-not-allowed')
    expect(await code(at.put(session, tenant, '/pub/other/bar.json', 'x'))).toBe('write-path-not-allowed')
    const remove = (path: string) => code(at.core.files.delete({ session, tenant, path, lockTokens: [] }))
    expect(await remove('/pub/other/bar.json')).toBe('write-path-not-allowed')
    expect(await remove('/pub/other/none')).toBe('entry-unknown')
    expect(await remove('/pub/tokens/foo.json')).toBe('fine')
    expect((await at.get(tenant, '/pub/other/bar.json')).toString()).toBe('x')
  })

  test('a full quota is said before other reasons, for small bodies and large ones', async () => {
    const { session, tenant } = await at.signUp()
    await at.put(session, tenant, '/pub/locked', 'x')
    await at.put(session, tenant, '/pub/file', 'x')
    await at.core.locks.acquire(session, tenant, '/pub/locked', 30)
    const put = (path: string, length: number, precondition = {}) => {
      const request = { session, tenant, path, contentLength: length, lockTokens: [], precondition }
      return code(at.core.files.write(request, new Uint8Array(length), signal))
    }
    const all = async (length: number) => [
      await put('/pub/locked', length),
      await put('/pub/file/below', length),
      await put('/pub/file', length, { ifNoneMatch: '*' }),
    ]
    expect(await all(10)).toEqual(['resource-locked', 'path-collision', 'precondition-failed'])
    await at.core.users.patchQuota(tenant, { storage_quota_mb: 0 })
    for (const length of [10, 100_000]) {
      expect(await all(length)).toEqual(['quota-exceeded', 'quota-exceeded', 'quota-exceeded'])
    }
    await at.core.users.patchQuota(tenant, { allowed_write_paths: ['/pub/elsewhere/'] })
    expect(await put('/pub/new', 10)).toBe('quota-exceeded')
    await at.core.users.patchQuota(tenant, { storage_quota_mb: 1 })
    expect(await put('/pub/new', 10)).toBe('write-path-not-allowed')
  })

  test('preconditions', async () => {
    const { session, tenant } = await at.signUp()
    const put = (precondition: object, length = 3) => {
      const request = { session, tenant, path: '/pub/f', contentLength: length, lockTokens: [], precondition }
      return code(at.core.files.write(request, new Uint8Array(length), signal))
    }
    expect(await put({ ifMatch: '*' })).toBe('precondition-failed')
    expect(await put({ ifNoneMatch: '*' })).toBe('fine')
    expect(await put({ ifNoneMatch: '*' })).toBe('precondition-failed')
    expect(await put({ ifNoneMatch: '*' }, 100_000)).toBe('precondition-failed')
    const { etag } = (await at.core.files.find(tenant, '/pub/f')) ?? { etag: '' }
    expect(await put({ ifMatch: [etag] }, 100_000)).toBe('fine')
    expect(await put({ ifMatch: [etag] })).toBe('precondition-failed')
  })
})

describe('locks', () => {
  const PATH = '/pub/state.bin'

  test('take, write under, refuse, refresh, release (spec 02 §18 items 201–209, 215, 220)', async () => {
    await onDisk()
    const { session, tenant } = await at.signUp()
    const { locks } = at.core
    const { token, seconds } = await locks.acquire(session, tenant, PATH, 30)
    expect(seconds).toBe(30)
    expect(token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const put = (tokens: string[], path = PATH) => code(at.put(session, tenant, path, 'x', tokens))
    const remove = (tokens: string[]) => code(at.core.files.delete({ session, tenant, path: PATH, lockTokens: tokens }))
    expect(await put([])).toBe('resource-locked')
    expect(await code(locks.acquire(session, tenant, PATH, 30))).toBe('resource-locked')
    expect(await put(['other'])).toBe('lock-lost')
    expect(await put(['other', token])).toBe('fine')
    expect(await put([token], '/pub/b')).toBe('lock-lost')
    expect(await remove([])).toBe('resource-locked')
    await at.restart()
    expect(await put([])).toBe('resource-locked')
    expect(await at.core.locks.refresh(session, tenant, PATH, ['no', token], 10)).toEqual({ token, seconds: 10 })
    expect(await code(at.core.locks.refresh(session, tenant, PATH, ['no'], 10))).toBe('lock-lost')
    at.now += 10_000_000
    expect(await put([token])).toBe('lock-lost')
    expect(await put([])).toBe('fine')
    const next = await at.core.locks.acquire(session, tenant, PATH, 1)
    expect(next.token).not.toBe(token)
    expect(await code(at.core.locks.release(session, tenant, PATH, token))).toBe('lock-unknown')
    await at.core.locks.release(session, tenant, PATH, next.token)
    expect(await put([next.token])).toBe('lock-lost')
    expect(await remove([])).toBe('fine')
    const raced = await Promise.all(
      Array.from({ length: 8 }, () => code(at.core.locks.acquire(session, tenant, PATH, 5))),
    )
    expect(raced.filter((result) => result === 'fine')).toHaveLength(1)
  })

  test('a write keeps its lock alive for 30 s; one released meanwhile is not published', async () => {
    const { session, tenant } = await at.signUp()
    await at.put(session, tenant, PATH, 'old')
    const { token } = await at.core.locks.acquire(session, tenant, PATH, 5)
    const begin = (tokens: string[]) =>
      at.core.files.beginWrite({ session, tenant, path: PATH, contentLength: undefined, lockTokens: tokens }, signal)
    const slow = await begin([token])
    at.now += 29_000_000
    expect(await code(at.put(session, tenant, PATH, 'x'))).toBe('resource-locked')
    await slow.write(new TextEncoder().encode('new'))
    expect(await code(slow.commit())).toBe('fine')
    const lost = await begin([token])
    await lost.write(new Uint8Array(100_000))
    await at.core.locks.release(session, tenant, PATH, token)
    expect(await code(lost.commit())).toBe('lock-lost')
    expect((await at.get(tenant, PATH)).toString()).toBe('new')
    expect(await at.core.eventLog.publicEvents(undefined, 10)).toHaveLength(2)
    const free = await begin([])
    await at.core.locks.acquire(session, tenant, PATH, 5)
    await free.write(new TextEncoder().encode('unlocked'))
    expect(await code(free.commit())).toBe('fine')
  })

  test('order of refusals (item 226), disabled owners (223), bounds', async () => {
    await onDisk()
    const { session, tenant } = await at.signUp()
    const { token } = await at.core.locks.acquire(session, tenant, PATH, 30)
    await at.core.users.patchQuota(tenant, { storage_quota_mb: 1, allowed_write_paths: ['/pub/other/'] })
    expect(await code(at.put(session, tenant, PATH, new Uint8Array(1_100_000)))).toBe('quota-exceeded')
    expect(await code(at.put(session, tenant, PATH, 'x'))).toBe('resource-locked')
    expect(await code(at.put(session, tenant, PATH, 'x', [token]))).toBe('write-path-not-allowed')
    const remove = (tokens: string[]) => code(at.core.files.delete({ session, tenant, path: PATH, lockTokens: tokens }))
    expect(await remove([])).toBe('resource-locked')
    expect(await remove([token])).toBe('entry-unknown')
    await at.core.users.setDisabled(tenant, true)
    expect(await code(at.core.locks.acquire(session, tenant, '/pub/x', 5))).toBe('user-disabled')
    expect(await code(at.core.locks.refresh(session, tenant, PATH, [token], 5))).toBe('user-disabled')
    await at.core.locks.release(session, tenant, PATH, token)
    await at.core.users.setDisabled(tenant, false)
    await at.restart({ maxLocksPerUser: 2 })
    await at.core.locks.acquire(session, tenant, '/pub/1', 5)
    await at.core.locks.acquire(session, tenant, '/pub/2', 5)
    expect(await code(at.core.locks.acquire(session, tenant, '/pub/3', 5))).toBe('too-many-locks')
    expect(await code(at.core.locks.acquire(undefined, tenant, '/pub/3', 5))).toBe('no-session')
    expect(await code(at.core.locks.acquire(session, tenant, '/other/3', 5))).toBe('write-outside-roots')
  })

  test('the operator may go past locks', async () => {
    const { session, tenant } = await at.signUp()
    await at.put(session, tenant, PATH, 'x')
    await at.core.locks.acquire(session, tenant, PATH, 30)
    expect(await code(at.core.files.operatorDelete(tenant, PATH, { overrideLocks: false }))).toBe('resource-locked')
    await at.core.files.operatorDelete(tenant, PATH, { overrideLocks: true })
    const upload = await at.core.files.beginOperatorWrite(
      tenant,
      PATH,
      { overrideLocks: true, contentLength: undefined },
      signal,
    )
    await upload.write(new TextEncoder().encode('operator'))
    await upload.commit()
    expect((await at.get(tenant, PATH)).toString()).toBe('operator')
  })
})

describe('listings', () => {
  test('existence goes before the cursor, keys in cursors are not compared', async () => {
    const { session, tenant } = await at.signUp()
    const other = await at.signUp()
    for (const name of ['a', 'b', 'c/d']) await at.put(session, tenant, `/pub/${name}`, 'x')
    const list = (changes: object = {}, directory = '/pub/') =>
      at.core.files.list({
        tenant,
        directory,
        limit: 100,
        cursor: undefined,
        reverse: false,
        shallow: false,
        ...changes,
      })
    expect(await list()).toEqual(['/pub/a', '/pub/b', '/pub/c/d'])
    expect(await list({ cursor: '' })).toHaveLength(3)
    expect(await list({ limit: 0 })).toEqual([])
    for (const prefix of ['', 'pubky://', 'pubky://pubky://']) {
      expect(await list({ cursor: `${prefix}${tenant}/pub/a` })).toEqual(['/pub/b', '/pub/c/d'])
    }
    expect(await list({ cursor: `${other.tenant}/pub/b` })).toEqual(['/pub/c/d'])
    expect(await list({ cursor: `${tenant}/pub/z` })).toEqual([])
    for (const cursor of ['/pub/x', 'x', `pubky${tenant}/pub/x`, `${tenant}/pub//x`, tenant, `${tenant}/pub/../x`]) {
      expect(await code(list({ cursor }))).toBe('cursor-invalid')
      expect(await code(list({ cursor }, '/pub/none/'))).toBe('directory-unknown')
    }
    expect(await code(list({}, '/pub/none/'))).toBe('directory-unknown')
    expect(await code(list({ tenant: 'y'.repeat(52) }))).toBe('directory-unknown')
    const detailed = await at.core.files.listWithMetadata({
      tenant,
      directory: '/pub/',
      limit: 10,
      cursor: undefined,
      reverse: true,
      shallow: true,
    })
    expect(detailed.map(({ path, entry }) => [path, entry?.contentLength])).toEqual([
      ['/pub/c/', undefined],
      ['/pub/b', 1],
      ['/pub/a', 1],
    ])
  })
})

describe('authorisation', () => {
  const session = (capabilities: string, user = 'u') =>
    toCookieSession({ id: 1, userId: 1, user, capabilities, createdAt: 0, expiresAt: 0 }, new Uint8Array())
  const verdict = (check: () => unknown) => {
    try {
      check()
      return 'fine'
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error
    }
  }
  const write = (capabilities: string | undefined, path: string, user = 'u') =>
    verdict(() => authorizeWrite(capabilities === undefined ? undefined : session(capabilities, user), 'u', path))
  const read = (capabilities: string | undefined, path: string, user = 'u', users = 1) =>
    verdict(() => authorizeRead(capabilities === undefined ? undefined : session(capabilities, user), 'u', path, users))

  test('writing (spec 02 §7.4, items 70–72, 261)', () => {
    expect(write(undefined, '/other')).toBe('no-session')
    expect(write('/:rw', '/pub')).toBe('write-outside-roots')
    expect(write('/:rw', '/foo/x', 'v')).toBe('write-outside-roots')
    expect(write('/:rw', '/pub/x', 'v')).toBe('wrong-tenant')
    expect(write('/:r', '/pub/x')).toBe('write-not-granted')
    expect(write('/:rw', '/priv/x')).toBe('fine')
    const scoped = '/pub/pubky.app/:rw,/pub/foo.bar/file:r'
    expect(write(scoped, '/pub/pubky.app/foo')).toBe('fine')
    expect(write(scoped, '/pub/pubky.app')).toBe('write-not-granted')
    expect(write(scoped, '/pub/foo.bar/file')).toBe('write-not-granted')
    expect(write('/pub/app:w', '/pub/app')).toBe('fine')
    expect(write('/pub/app:w', '/pub/app/foo')).toBe('write-not-granted')
    expect(write('/pub/app:w', '/pub/app-evil/file')).toBe('write-not-granted')
    expect(write('/priv/app/:e', '/priv/app/file')).toBe('write-not-granted')
  })

  test('reading (spec 02 §7.5, items 80–89, 171)', () => {
    expect(read(undefined, '/pub/x')).toBe('fine')
    expect(read(undefined, '/pub')).toBe('read-outside-roots')
    expect(read(undefined, '/priv/x')).toBe('read-needs-session')
    expect(read('/:rw', '/priv/x', 'u', 2)).toBe('read-needs-one-user')
    expect(read('/:rw', '/priv/x', 'v')).toBe('wrong-tenant')
    expect(read('/priv/other/:rw', '/priv/app/x')).toBe('read-not-granted')
    expect(read('/priv/:w', '/priv/app/x')).toBe('read-not-granted')
    expect(read('/priv/app/:r', '/priv/')).toBe('read-not-granted')
    expect(read('/priv/app/:r', '/priv/app/')).toBe('fine')
    expect(read('/priv/app/:e', '/priv/app/file')).toBe('read-not-granted')
  })

  test('root is read and write in one entry', () => {
    expect(session('/:rw').isRoot).toBe(true)
    expect(session('/:rwe').isRoot).toBe(true)
    expect(session('/:r,/:w').isRoot).toBe(false)
    expect(session('/:e').isRoot).toBe(false)
    expect(session('not a capability').scopes satisfies readonly GrantedScope[]).toEqual([])
  })
})

test('of many who read a large public file at once, one reads it whole', async () => {
  await onDisk()
  const { session, tenant } = await at.signUp()
  await at.put(session, tenant, '/pub/f', randomBytes(300_000))
  const open = await Promise.all(Array.from({ length: 12 }, () => at.core.files.open(tenant, '/pub/f', signal)))
  expect(open.filter(({ bytes }) => bytes !== undefined).length).toBe(1)
  await Promise.all(open.map((file) => file.close()))
})

test('a large public file that is read twice is kept ready, until it changes; a private one never', async () => {
  const { session, tenant } = await at.signUp()
  const body = randomBytes(300_000)
  for (const path of ['/pub/f', '/priv/f']) await at.put(session, tenant, path, body)
  for (let count = 0; count < 3; count += 1) {
    expect((await at.get(tenant, '/pub/f')).equals(body)).toBe(true)
    expect((await at.get(tenant, '/priv/f')).equals(body)).toBe(true)
    expect(at.core.files.cached(tenant, '/pub/f') !== undefined).toBe(count > 0)
    expect(at.core.files.cached(tenant, '/priv/f')).toBeUndefined()
  }
  expect(Buffer.from(at.core.files.cached(tenant, '/pub/f')?.body ?? []).equals(body)).toBe(true)
  await at.put(session, tenant, '/pub/f', 'new')
  expect(at.core.files.cached(tenant, '/pub/f')).toBeUndefined()
  const huge = randomBytes(1_048_577)
  await at.put(session, tenant, '/pub/huge', huge)
  for (let count = 0; count < 3; count += 1) expect((await at.get(tenant, '/pub/huge')).equals(huge)).toBe(true)
  expect(at.core.files.cached(tenant, '/pub/huge')).toBeUndefined()
})
