/** What every store must do, whatever it is made of. Run by each back end's own test file. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventQuery, ListQuery, QuotaOverrides, Store, StoreNotice, UserRecord, WriteCommit } from './store.ts'

/** A store under test. */
export interface StoreUnderTest {
  readonly store: Store
  /** Closes and opens it again; undefined when nothing is kept. */
  readonly reopen: (() => Promise<Store>) | undefined
  readonly remove: () => Promise<void>
}

const NOW = 1_790_000_000_000_000
const A = 'a'.repeat(52)
const B = 'b'.repeat(52)
const UNLIMITED: QuotaOverrides = {
  storageMb: null,
  rateRead: null,
  rateWrite: null,
  rateReadBurst: null,
  rateWriteBurst: null,
  allowedWritePaths: null,
}

/** Back ends may answer with any kind of byte array. */
const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString('hex'))

export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`store contract: ${name}`, () => {
    let under: StoreUnderTest
    let store: Store
    let blobs = 0

    beforeEach(async () => {
      under = await open()
      store = under.store
    })
    afterEach(async () => {
      await store[Symbol.asyncDispose]()
      await under.remove()
    })

    async function user(publicKey: string): Promise<UserRecord> {
      const created = await store.createUser({ publicKey, key: undefined, tokenLookup: undefined, now: NOW })
      if (created.outcome !== 'created') throw new Error(created.outcome)
      return created.user
    }

    function write(owner: UserRecord, path: string, length = 3, changes: Partial<WriteCommit> = {}): WriteCommit {
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

    async function put(owner: UserRecord, path: string, length = 3, changes: Partial<WriteCommit> = {}) {
      return (await store.commitWrite(write(owner, path, length, changes))).outcome
    }

    const remove = async (owner: UserRecord, path: string) =>
      (
        await store.commitDelete({
          userId: owner.id,
          path,
          lockTokenHash: undefined,
          precondition: undefined,
          now: NOW,
        })
      ).outcome

    const used = async (publicKey: string) => (await store.findUser(publicKey))?.usedBytes

    const eventQuery = (changes: Partial<EventQuery> = {}): EventQuery => ({
      userId: undefined,
      visibility: 'all',
      order: 'ascending',
      from: undefined,
      upTo: undefined,
      limit: 100,
      ...changes,
    })

    describe('accounts', () => {
      test('a key signs up once, also when it tries in parallel', async () => {
        const outcomes = await Promise.all(
          Array.from({ length: 8 }, () =>
            store.createUser({ publicKey: A, key: undefined, tokenLookup: undefined, now: NOW }),
          ),
        )
        expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1)
        expect(outcomes.filter(({ outcome }) => outcome === 'user-exists')).toHaveLength(7)
        expect(await store.findUser(A)).toMatchObject({ publicKey: A, disabled: false, usedBytes: 0, createdAt: NOW })
        expect(await store.findUser(B)).toBeUndefined()
      })

      test('a sign-up token is redeemed once, gives its quota, and survives a failed sign-up', async () => {
        const lookup = new Uint8Array(32).fill(7)
        const quota = { ...UNLIMITED, storageMb: 5, allowedWritePaths: ['/pub/x/'] }
        await store.createSignupToken({ lookup, sealed: new Uint8Array([1]), createdAt: NOW, quota })
        await user(B)
        const again = { publicKey: B, key: undefined, tokenLookup: lookup, now: NOW + 1 }
        expect(await store.createUser(again)).toEqual({ outcome: 'user-exists' })
        expect((await store.findSignupToken(lookup))?.usedAt).toBeUndefined()
        const created = await store.createUser({ ...again, publicKey: A })
        expect(created).toMatchObject({ outcome: 'created', user: { quota } })
        expect(await store.createUser({ ...again, publicKey: 'c'.repeat(52) })).toEqual({ outcome: 'token-used' })
        expect(
          await store.createUser({ ...again, publicKey: 'c'.repeat(52), tokenLookup: new Uint8Array(32) }),
        ).toEqual({
          outcome: 'token-unknown',
        })
        expect(await store.findSignupToken(lookup)).toMatchObject({ usedAt: NOW + 1, usedBy: A, quota })
        expect(await store.listSignupTokens('unused')).toHaveLength(0)
        expect(await store.listSignupTokens('used')).toHaveLength(1)
        expect(await store.statistics()).toEqual({
          users: 2,
          disabledUsers: 0,
          usedBytes: 0,
          signupTokens: 1,
          unusedSignupTokens: 0,
        })
      })

      test('quota changes only from the value that was read', async () => {
        const a = await user(A)
        const next: QuotaOverrides = { ...UNLIMITED, storageMb: 'unlimited', rateRead: '1mb/s', rateReadBurst: 3 }
        expect(await store.replaceUserQuota(a.id, UNLIMITED, next)).toBe(true)
        expect(await store.replaceUserQuota(a.id, UNLIMITED, UNLIMITED)).toBe(false)
        expect((await store.findUser(A))?.quota).toEqual(next)
        expect(await store.replaceUserQuota(a.id, next, { ...next, allowedWritePaths: [] })).toBe(true)
        expect((await store.findUser(A))?.quota.allowedWritePaths).toEqual([])
        expect(await store.replaceUserQuota(99, UNLIMITED, next)).toBe(false)
      })

      test('lists users by creation or usage, both ways, filtered, page after page', async () => {
        const a = await user(A)
        const b = await user(B)
        const c = await user('c'.repeat(52))
        await put(a, '/pub/f', 100)
        await put(b, '/pub/f', 100)
        await put(c, '/pub/f', 50)
        await store.setUserDisabled(c.id, true)
        const list = async (changes: Partial<Parameters<Store['listUsers']>[0]>) => {
          const names: string[] = []
          let after: UserRecord | undefined
          for (;;) {
            const page = await store.listUsers({
              state: 'all',
              sortBy: 'createdAt',
              reverse: false,
              limit: 1,
              after,
              ...changes,
            })
            after = page.at(-1)
            if (after === undefined) return names.join('')
            names.push(...page.map(({ publicKey }) => publicKey.slice(0, 1)))
          }
        }
        expect(await list({ sortBy: 'usedBytes', reverse: true })).toBe('bac')
        expect(await list({ sortBy: 'usedBytes' })).toBe('cab')
        expect(await list({})).toBe('abc')
        expect(await list({ reverse: true, limit: 2 })).toBe('cba')
        expect(await list({ state: 'enabled' })).toBe('ab')
        expect(await list({ state: 'disabled' })).toBe('c')
      })

      test('cookie sessions are found by hash until revoked', async () => {
        const a = await user(A)
        const secretHash = new Uint8Array(32).fill(9)
        const id = await store.createCookieSession({
          userId: a.id,
          secretHash,
          capabilities: '/:rw',
          createdAt: NOW,
          expiresAt: NOW + 5,
        })
        expect(await store.findCookieSession(secretHash)).toEqual({
          id,
          userId: a.id,
          user: A,
          capabilities: '/:rw',
          createdAt: NOW,
          expiresAt: NOW + 5,
        })
        expect(await store.revokeCookieSession(id ?? 0)).toBe(true)
        expect(await store.revokeCookieSession(id ?? 0)).toBe(false)
        expect(await store.findCookieSession(secretHash)).toBeUndefined()
      })

      test('a proof is spent once, until it expires', async () => {
        const spent = await Promise.all(Array.from({ length: 9 }, () => store.spendProof('n', NOW, NOW + 10)))
        expect(spent.filter(Boolean)).toHaveLength(1)
        expect(await store.spendProof('n', NOW + 9, NOW + 20)).toBe(false)
        expect(await store.spendProof('n', NOW + 10, NOW + 20)).toBe(true)
      })

      test('a data key is remembered once', async () => {
        const a = await user(A)
        const key = { generation: 1, rootKeyId: new Uint8Array(8), wrapped: new Uint8Array([1]) }
        expect(await store.findUserKey(a.id, 1)).toBeUndefined()
        expect(hex((await store.rememberUserKey(a.id, key, NOW))?.wrapped)).toBe('01')
        const other = { ...key, wrapped: new Uint8Array([2]) }
        expect(hex((await store.rememberUserKey(a.id, other, NOW))?.wrapped)).toBe('01')
        expect(await store.rememberUserKey(99, key, NOW)).toBeUndefined()
      })

      test('settings are remembered once', async () => {
        const one = new Uint8Array([1])
        expect(hex(await store.rememberSetting('x', one))).toBe(hex(one))
        expect(hex(await store.rememberSetting('x', new Uint8Array([2])))).toBe(hex(one))
        expect(hex(await store.setting('x'))).toBe(hex(one))
        expect(await store.setting('y')).toBeUndefined()
        expect(store.installId).toHaveLength(16)
      })
    })

    describe('grants', () => {
      const grant = (owner: UserRecord, id = 'g1') => ({
        id,
        userId: owner.id,
        user: owner.publicKey,
        clientId: 'app',
        clientKey: 'k'.repeat(52),
        capabilities: '/pub/:rw',
        issuedAtSeconds: 100,
        expiresAtSeconds: 1_000,
        createdAt: NOW,
      })
      const redeem = (owner: UserRecord, hash: number, changes = {}, nowSeconds = 200) =>
        store.redeemGrant({
          grant: { ...grant(owner), ...changes },
          tokenHash: new Uint8Array(32).fill(hash),
          tokenExpiresAtSeconds: 900,
          nowSeconds,
        })
      const bearer = (hash: number) => store.findBearer(new Uint8Array(32).fill(hash))

      test('an exchange stores the grant and replaces the bearer', async () => {
        const a = await user(A)
        expect(await redeem(a, 1)).toEqual({ outcome: 'redeemed', grant: { ...grant(a), revokedAtSeconds: undefined } })
        expect(await bearer(1)).toMatchObject({ expiresAtSeconds: 900, grant: { id: 'g1', user: A } })
        await redeem(a, 2, { createdAt: NOW + 5 })
        expect(await bearer(1)).toBeUndefined()
        expect((await bearer(2))?.grant.createdAt).toBe(NOW)
        expect(await store.liveGrants(a.id, 999)).toHaveLength(1)
        expect(await store.liveGrants(a.id, 1_000)).toHaveLength(0)
      })

      test('a grant id is bound to its claims', async () => {
        const a = await user(A)
        const b = await user(B)
        await redeem(a, 1)
        expect(await redeem(b, 2)).toEqual({ outcome: 'id-in-use' })
        for (const change of [
          { clientId: 'other' },
          { clientKey: 'z'.repeat(52) },
          { capabilities: '/:rw' },
          { issuedAtSeconds: 101 },
          { expiresAtSeconds: 1_001 },
        ]) {
          expect(await redeem(a, 3, change)).toEqual({ outcome: 'id-in-use' })
        }
        expect((await bearer(1))?.grant).toMatchObject({ user: A, capabilities: '/pub/:rw' })
        expect(await bearer(2)).toBeUndefined()
        expect(await bearer(3)).toBeUndefined()
      })

      test('revoking ends grant and bearer for good', async () => {
        const a = await user(A)
        await redeem(a, 1)
        expect(await store.revokeGrant('g1', 300)).toBe(true)
        expect(await store.revokeGrant('g1', 400)).toBe(true)
        expect(await store.revokeGrant('none', 400)).toBe(false)
        expect(await bearer(1)).toBeUndefined()
        expect((await store.findGrant('g1'))?.revokedAtSeconds).toBe(300)
        expect(await redeem(a, 2)).toEqual({ outcome: 'revoked' })
        expect(await store.liveGrants(a.id, 200)).toHaveLength(0)
      })

      test('of parallel exchanges one bearer survives; none survives its revocation', async () => {
        const a = await user(A)
        await Promise.all(Array.from({ length: 20 }, (_, index) => redeem(a, index + 1)))
        const live = await Promise.all(Array.from({ length: 20 }, (_, index) => bearer(index + 1)))
        expect(live.filter((found) => found !== undefined)).toHaveLength(1)
        await Promise.all([redeem(a, 30), store.revokeGrant('g1', 300), redeem(a, 31)])
        expect([await bearer(30), await bearer(31)]).toEqual([undefined, undefined])
      })

      test('an expired grant is not exchanged', async () => {
        const a = await user(A)
        expect(await redeem(a, 1, {}, 1_000)).toEqual({ outcome: 'expired' })
        expect(await store.findGrant('g1')).toBeUndefined()
        await redeem(a, 1)
        expect(await redeem(a, 2, {}, 1_000)).toEqual({ outcome: 'expired' })
      })
    })

    describe('entries', () => {
      test('write, read, overwrite, delete: entry, body, event and usage together', async () => {
        const a = await user(A)
        const first = write(a, '/pub/f', 10)
        expect(await store.commitWrite(first)).toEqual({
          outcome: 'written',
          event: {
            id: 1,
            type: 'PUT',
            userId: a.id,
            user: A,
            path: '/pub/f',
            contentHash: first.etag.slice(1, -1),
            at: NOW,
          },
          orphan: undefined,
        })
        expect(await used(A)).toBe(266)
        const read = await store.readEntry(a.id, '/pub/f')
        expect(hex(read?.inlineBody)).toBe(hex(first.inlineBody))
        expect(read?.entry).toMatchObject({
          path: '/pub/f',
          contentLength: 10,
          etag: first.etag,
          createdAt: first.modifiedAt,
        })
        const second = write(a, '/pub/f', 4)
        await store.commitWrite(second)
        expect(await used(A)).toBe(260)
        const again = await store.readEntry(a.id, '/pub/f')
        expect(hex(again?.inlineBody)).toBe(hex(second.inlineBody))
        expect(again?.entry).toMatchObject({ createdAt: first.modifiedAt, modifiedAt: second.modifiedAt })
        expect(await remove(a, '/pub/f')).toBe('deleted')
        expect(await remove(a, '/pub/f')).toBe('entry-unknown')
        expect(await used(A)).toBe(0)
        expect(await store.findEntry(a.id, '/pub/f')).toBeUndefined()
        expect((await store.events(eventQuery())).map(({ id, type }) => [id, type])).toEqual([
          [1, 'PUT'],
          [2, 'PUT'],
          [3, 'DEL'],
        ])
      })

      test('replacing or deleting a blob names the orphan; inline bodies leave none', async () => {
        const a = await user(A)
        const asBlob = (blobId: string): Partial<WriteCommit> => ({
          body: { blobId, place: 'blob', keyGeneration: 1 },
          inlineBody: undefined,
        })
        const one = '1'.repeat(32)
        const two = '2'.repeat(32)
        await put(a, '/pub/f', 3)
        expect(await store.commitWrite(write(a, '/pub/f', 99_999, asBlob(one)))).toMatchObject({ orphan: undefined })
        expect((await store.readEntry(a.id, '/pub/f'))?.inlineBody).toBeUndefined()
        expect((await store.findEntry(a.id, '/pub/f'))?.body).toEqual({ blobId: one, place: 'blob', keyGeneration: 1 })
        expect(await store.namedBlobs([one, two])).toEqual(new Set([one]))
        expect(await store.commitWrite(write(a, '/pub/f', 99_999, asBlob(two)))).toMatchObject({ orphan: one })
        expect(await store.commitWrite(write(a, '/pub/f', 5))).toMatchObject({ orphan: two })
        expect((await store.readEntry(a.id, '/pub/f'))?.inlineBody).toHaveLength(5)
        await store.commitWrite(write(a, '/pub/g', 99_999, asBlob(one)))
        expect(
          await store.commitDelete({
            userId: a.id,
            path: '/pub/g',
            lockTokenHash: undefined,
            precondition: undefined,
            now: NOW,
          }),
        ).toMatchObject({ outcome: 'deleted', orphan: one })
      })

      test('an empty body is a body', async () => {
        const a = await user(A)
        expect(await put(a, '/pub/empty', 0)).toBe('written')
        expect((await store.readEntry(a.id, '/pub/empty'))?.inlineBody).toHaveLength(0)
        expect(await used(A)).toBe(256)
      })

      test('a path is a file or a folder, not both; neighbours in byte order do not collide', async () => {
        const a = await user(A)
        await put(a, '/pub/a/b')
        expect(await put(a, '/pub/a/b/c')).toBe('collision')
        expect(await put(a, '/pub/a/b/c/d')).toBe('collision')
        expect(await put(a, '/pub/a')).toBe('collision')
        for (const neighbour of ['/pub/a/b.', '/pub/a/b0', '/pub/a/b/'.slice(0, -1), '/pub/A/b/c', '/pub/a0']) {
          expect(await put(a, neighbour)).toBe('written')
        }
        expect(await store.collides(a.id, '/pub/a/b/!')).toBe(true)
        expect(await store.collides(a.id, '/pub/x')).toBe(false)
        await put(a, '/pub/s/😀')
        expect(await store.collides(a.id, '/pub/s')).toBe(true)
        const b = await user(B)
        expect(await put(b, '/pub/a')).toBe('written')
        await remove(a, '/pub/a/b')
        expect(await put(a, '/pub/a/b/c')).toBe('written')
      })

      test('two colliding writes at once: one wins, one event', async () => {
        const a = await user(A)
        const outcomes = await Promise.all([put(a, '/pub/app/foo'), put(a, '/pub/app/foo/bar')])
        expect(outcomes.toSorted()).toEqual(['collision', 'written'])
        expect(await store.events(eventQuery())).toHaveLength(1)
        expect(await used(A)).toBe(259)
      })

      test('quota is exact, with any number of writers', async () => {
        const a = await user(A)
        const limit = { defaultQuotaBytes: 10 * 300 }
        const outcomes = await Promise.all(Array.from({ length: 64 }, (_, index) => put(a, `/pub/${index}`, 44, limit)))
        expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(10)
        expect(outcomes.filter((outcome) => outcome === 'over-quota')).toHaveLength(54)
        expect(await used(A)).toBe(3_000)
        expect(await put(a, '/pub/0', 45, limit)).toBe('over-quota')
        expect(await put(a, '/pub/0', 44, limit)).toBe('written')
        expect(await put(a, '/pub/0', 0, { defaultQuotaBytes: 0 })).toBe('over-quota')
        expect(await put(a, '/pub/0', 0, limit)).toBe('written')
      })

      test('quota vectors of spec 03 §3.1', async () => {
        const a = await user(A)
        await store.replaceUserQuota(a.id, UNLIMITED, { ...UNLIMITED, storageMb: 1 })
        const big = (path: string, length: number) =>
          put(a, path, length, { defaultQuotaBytes: 1, inlineBody: new Uint8Array() })
        expect(await big('/pub/a', 600_000)).toBe('written')
        expect(await big('/pub/a', 600_000)).toBe('written')
        expect(await big('/pub/b', 600_000)).toBe('over-quota')
        expect(await big('/pub/a', 1_100_000)).toBe('over-quota')
        expect(await remove(a, '/pub/a')).toBe('deleted')
        expect(await big('/pub/a', 1_049_344)).toBe('over-quota')
        expect(await big('/pub/a', 1_048_320)).toBe('written')
        await remove(a, '/pub/a')
        expect(await big('/pub/a', 1_048_576)).toBe('over-quota')
        await store.replaceUserQuota(a.id, { ...UNLIMITED, storageMb: 1 }, { ...UNLIMITED, storageMb: 'unlimited' })
        expect(await big('/pub/a', 1_048_576)).toBe('written')
      })

      test('preconditions', async () => {
        const a = await user(A)
        const only = { precondition: { ifNoneMatch: '*' as const } }
        expect(await put(a, '/pub/f', 1, { precondition: { ifMatch: '*' } })).toBe('precondition-failed')
        expect(await put(a, '/pub/f', 1, only)).toBe('written')
        expect(await put(a, '/pub/f', 1, only)).toBe('precondition-failed')
        const etag = (await store.findEntry(a.id, '/pub/f'))?.etag ?? ''
        expect(await put(a, '/pub/f', 1, { precondition: { ifMatch: ['"x"', etag] } })).toBe('written')
        expect(await put(a, '/pub/f', 1, { precondition: { ifMatch: [etag] } })).toBe('precondition-failed')
        expect(await put(a, '/pub/f', 1, { precondition: { ifNoneMatch: [etag] } })).toBe('written')
        const outcome = async (precondition: WriteCommit['precondition']) =>
          (await store.commitDelete({ userId: a.id, path: '/pub/f', lockTokenHash: undefined, precondition, now: NOW }))
            .outcome
        expect(await outcome({ ifMatch: [etag] })).toBe('precondition-failed')
        expect(await outcome({ ifMatch: '*' })).toBe('deleted')
      })

      test('disabled and unknown users write nothing, the operator does', async () => {
        const a = await user(A)
        await store.setUserDisabled(a.id, true)
        expect(await put(a, '/pub/f')).toBe('user-disabled')
        expect(await put(a, '/pub/f', 3, { evenIfDisabled: true })).toBe('written')
        expect(await remove(a, '/pub/f')).toBe('deleted')
        expect(await put({ ...a, id: 77 }, '/pub/f')).toBe('user-unknown')
      })

      test('parallel deletes: one event, usage given back once', async () => {
        const a = await user(A)
        await put(a, '/pub/f', 100)
        const outcomes = await Promise.all(Array.from({ length: 5 }, () => remove(a, '/pub/f')))
        expect(outcomes.filter((outcome) => outcome === 'deleted')).toHaveLength(1)
        expect(await used(A)).toBe(0)
        expect(await store.events(eventQuery())).toHaveLength(2)
      })

      test('totals of an account', async () => {
        const a = await user(A)
        await put(a, '/pub/a', 10)
        await put(a, '/priv/b', 20)
        expect(await store.entryTotals(a.id)).toEqual({ entries: 2, contentBytes: 30 })
      })
    })

    describe('listings', () => {
      const EXAMPLE = [
        'a.com/a.txt',
        'example.com/a.txt',
        'example.com/b.txt',
        'example.com/c.txt',
        'example.com/d.txt',
        'example.con/d.txt',
        'example.con-file',
        'file',
        'file2',
        'z.com/a.txt',
      ]
      const SHALLOW = ['a.com/', 'example.com/', 'example.con-file', 'example.con/', 'file', 'file2', 'z.com/']

      const list = async (owner: UserRecord, changes: Partial<ListQuery> = {}) => {
        const query: ListQuery = {
          userId: owner.id,
          directory: '/pub/',
          cursor: undefined,
          reverse: false,
          shallow: false,
          limit: 100,
          ...changes,
        }
        const paths = await store.listPaths(query)
        const entries = await store.listEntries(query)
        expect(entries.map(({ path }) => path)).toEqual(paths)
        for (const { path, entry } of entries) expect(entry?.path).toBe(path.endsWith('/') ? undefined : path)
        return paths.map((path) => path.slice(query.directory.length))
      }

      async function example(): Promise<UserRecord> {
        const a = await user(A)
        for (const path of EXAMPLE.toSorted(() => 1)) await put(a, `/pub/${path}`)
        await put(a, '/priv/hidden')
        return a
      }

      test('deep and shallow, both ways', async () => {
        const a = await example()
        const deep = EXAMPLE.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
        expect(await list(a)).toEqual(deep)
        expect(await list(a, { reverse: true })).toEqual(deep.toReversed())
        expect(await list(a, { shallow: true })).toEqual(SHALLOW)
        expect(await list(a, { shallow: true, reverse: true })).toEqual(SHALLOW.toReversed())
        expect(await list(a, { limit: 0 })).toEqual([])
        expect(await list(a, { directory: '/pub/none/' })).toEqual([])
        expect(await store.hasEntriesBelow(a.id, '/pub/example.com/')).toBe(true)
        expect(await store.hasEntriesBelow(a.id, '/pub/example.c/')).toBe(false)
      })

      test('every cursor of the walk continues it, for every page size', async () => {
        const a = await example()
        for (const shallow of [false, true]) {
          for (const reverse of [false, true]) {
            const all = await list(a, { shallow, reverse })
            for (let limit = 1; limit <= 4; limit += 1) {
              const seen: string[] = []
              let cursor: string | undefined
              for (;;) {
                const page = await list(a, { shallow, reverse, limit, cursor })
                if (page.length === 0) break
                seen.push(...page)
                cursor = `/pub/${page.at(-1)}`
              }
              expect(seen).toEqual(all)
            }
          }
        }
      })

      test('cursors that are no entry, inside folders, before and behind', async () => {
        const a = await example()
        const next = (cursor: string, changes: Partial<ListQuery> = {}) =>
          list(a, { shallow: true, limit: 2, cursor: `/pub/${cursor}`, ...changes })
        expect(await next('example.com/')).toEqual(['example.con-file', 'example.con/'])
        expect(await next('example.com/a.txt')).toEqual(['example.con-file', 'example.con/'])
        expect(await next('example.com/zzz')).toEqual(['example.con-file', 'example.con/'])
        expect(await next('example.com/a.txt', { reverse: true })).toEqual(['example.com/', 'a.com/'])
        expect(await next('example.com/', { reverse: true })).toEqual(['a.com/'])
        expect(await next('exam')).toEqual(['example.com/', 'example.con-file'])
        expect(await list(a, { cursor: '/a', limit: 1 })).toEqual(['a.com/a.txt'])
        expect(await list(a, { cursor: '/z' })).toEqual([])
        expect(await list(a, { cursor: '/a', reverse: true })).toEqual([])
        expect(await list(a, { cursor: '/z', reverse: true, limit: 1 })).toEqual(['z.com/a.txt'])
      })

      test('directory names are literal', async () => {
        const a = await user(A)
        for (const path of ['a_b/x', 'axb/y', 'a%/z', 'c++/d/f', 'x|y/f', 'a*/b/c']) await put(a, `/pub/${path}`)
        expect(await list(a, { directory: '/pub/a_b/' })).toEqual(['x'])
        expect(await list(a, { directory: '/pub/c++/', shallow: true })).toEqual(['d/'])
        expect(await list(a, { directory: '/pub/x|y/', shallow: true })).toEqual(['f'])
        expect(await list(a, { directory: '/pub/a*/', shallow: true })).toEqual(['b/'])
      })

      test('order is by UTF-8 bytes, not by UTF-16 units', async () => {
        const a = await user(A)
        for (const name of ['\u{ff5e}', '\u{1f600}', 'z', 'ü']) await put(a, `/pub/${name}`)
        expect(await list(a)).toEqual(['z', 'ü', '\u{ff5e}', '\u{1f600}'])
        expect(await list(a, { cursor: '/pub/\u{ff5e}' })).toEqual(['\u{1f600}'])
      })

      test('a folder with more files than a page is stepped over', async () => {
        const a = await user(A)
        await Promise.all(Array.from({ length: 300 }, (_, index) => put(a, `/pub/big/${index}`, 0)))
        await put(a, '/pub/zoo', 0)
        await put(a, '/pub/aaa', 0)
        expect(await list(a, { shallow: true })).toEqual(['aaa', 'big/', 'zoo'])
        expect(await list(a, { shallow: true, reverse: true })).toEqual(['zoo', 'big/', 'aaa'])
        expect(await list(a, { shallow: true, cursor: '/pub/big/5', limit: 1 })).toEqual(['zoo'])
      })
    })

    describe('locks', () => {
      const hash = (value: number) => new Uint8Array(32).fill(value)
      const acquire = (owner: UserRecord, path: string, token: number, expiresAt = NOW + 100, now = NOW) =>
        store.acquireLock({ userId: owner.id, path, tokenHash: hash(token), now, expiresAt, maxPerUser: 3 })

      test('one of many at once gets it; a dead one is taken over', async () => {
        const a = await user(A)
        const outcomes = await Promise.all(Array.from({ length: 8 }, (_, index) => acquire(a, '/pub/l', index)))
        expect(outcomes.filter((outcome) => outcome === 'granted')).toHaveLength(1)
        expect(await acquire(a, '/pub/l', 50, NOW + 300, NOW + 100)).toBe('granted')
        expect(hex(await store.findLock(a.id, '/pub/l', NOW + 200))).toBe(hex(hash(50)))
        expect(await store.findLock(a.id, '/pub/l', NOW + 300)).toBeUndefined()
      })

      test('extend by token only, longer or exactly; release once', async () => {
        const a = await user(A)
        await acquire(a, '/pub/l', 1)
        const extend = (tokens: number[], expiresAt: number, keepLonger: boolean, now = NOW) =>
          store.extendLock({ userId: a.id, path: '/pub/l', tokenHashes: tokens.map(hash), now, expiresAt, keepLonger })
        expect(await extend([9], NOW + 500, false)).toBeUndefined()
        expect(await extend([9, 1], NOW + 50, true)).toBe(1)
        expect(await store.findLock(a.id, '/pub/l', NOW + 60)).toBeDefined()
        expect(await extend([1], NOW + 50, false)).toBe(0)
        expect(await store.findLock(a.id, '/pub/l', NOW + 60)).toBeUndefined()
        expect(await extend([1], NOW + 500, false, NOW + 60)).toBeUndefined()
        expect(await store.releaseLock(a.id, '/pub/l', hash(2))).toBe(false)
        expect(await store.releaseLock(a.id, '/pub/l', hash(1))).toBe(true)
        expect(await store.releaseLock(a.id, '/pub/l', hash(1))).toBe(false)
      })

      test('a user holds a bounded number; dead ones do not count', async () => {
        const a = await user(A)
        const b = await user(B)
        for (const path of ['/pub/1', '/pub/2', '/pub/3']) expect(await acquire(a, path, 1)).toBe('granted')
        expect(await acquire(a, '/pub/4', 1)).toBe('too-many')
        expect(await acquire(b, '/pub/4', 1)).toBe('granted')
        expect(await acquire(a, '/pub/4', 1, NOW + 300, NOW + 100)).toBe('granted')
      })

      test('a write under a lost lock is not published', async () => {
        const a = await user(A)
        await put(a, '/pub/l', 3)
        await acquire(a, '/pub/l', 1)
        expect(await put(a, '/pub/l', 5, { lockTokenHash: hash(1) })).toBe('written')
        expect(await put(a, '/pub/l', 7, { lockTokenHash: hash(2) })).toBe('lock-lost')
        expect(await put(a, '/pub/l', 7, { lockTokenHash: hash(1), now: NOW + 100 })).toBe('lock-lost')
        expect(await put(a, '/pub/l', 9)).toBe('written')
        await store.releaseLock(a.id, '/pub/l', hash(1))
        const deletion = { userId: a.id, path: '/pub/l', lockTokenHash: hash(1), precondition: undefined, now: NOW }
        expect(await store.commitDelete(deletion)).toEqual({ outcome: 'lock-lost' })
        expect((await store.findEntry(a.id, '/pub/l'))?.contentLength).toBe(9)
        expect(await store.events(eventQuery())).toHaveLength(3)
      })
    })

    describe('events', () => {
      async function log() {
        const a = await user(A)
        const b = await user(B)
        await put(a, '/pub/1')
        await put(b, '/priv/2')
        await put(b, '/pub/3')
        await put(a, '/priv/4')
        await remove(a, '/pub/1')
        return { a, b }
      }
      const ids = async (changes: Partial<EventQuery>) => (await store.events(eventQuery(changes))).map(({ id }) => id)

      test('scans by user, visibility, direction and bounds', async () => {
        const { a, b } = await log()
        expect(await ids({})).toEqual([1, 2, 3, 4, 5])
        expect(await ids({ visibility: 'public' })).toEqual([1, 3, 5])
        expect(await ids({ order: 'descending', limit: 2 })).toEqual([5, 4])
        expect(await ids({ order: 'descending', from: 4 })).toEqual([3, 2, 1])
        expect(await ids({ order: 'descending', visibility: 'public', from: 5 })).toEqual([3, 1])
        expect(await ids({ from: 2, upTo: 4 })).toEqual([3, 4])
        expect(await ids({ userId: a.id })).toEqual([1, 4, 5])
        expect(await ids({ userId: a.id, order: 'descending' })).toEqual([5, 4, 1])
        expect(await ids({ userId: b.id, visibility: 'public' })).toEqual([3])
        expect(await ids({ userId: a.id, from: 1, limit: 1 })).toEqual([4])
        expect(await store.latestEventId()).toBe(5)
        expect((await store.events(eventQuery({ from: 4 }))).at(0)).toMatchObject({
          type: 'DEL',
          user: A,
          path: '/pub/1',
          contentHash: undefined,
        })
      })

      test('times are unique, rise with ids, and find their event', async () => {
        await log()
        const times = (await store.events(eventQuery())).map(({ at }) => at)
        expect(times).toEqual(times.toSorted((x, y) => x - y))
        expect(new Set(times).size).toBe(5)
        for (const [index, at] of times.entries()) expect(await store.eventIdAt(at)).toBe(index + 1)
        expect(await store.eventIdAt(NOW - 1)).toBeUndefined()
        expect(await store.eventIdAt(NOW + 99)).toBeUndefined()
      })

      test('ids are given in the order of the acknowledgements', async () => {
        const a = await user(A)
        const acknowledged: number[] = []
        await Promise.all(
          Array.from({ length: 200 }, async (_, index) => {
            const done = await store.commitWrite(write(a, `/pub/${index}`, 1))
            if (done.outcome === 'written') acknowledged.push(done.event.id)
          }),
        )
        expect(acknowledged).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
      })
    })

    describe('notices', () => {
      test('tell what was committed, in commit order, before the write resolves', async () => {
        const a = await user(A)
        const told: StoreNotice[] = []
        const stop = store.watch((notice) => told.push(notice))
        const count = () => told.length
        const one = put(a, '/pub/1').then(count)
        const refused = put(a, '/pub/1/x').then(count)
        const two = remove(a, '/pub/1').then(count)
        const three = put(a, '/priv/2').then(count)
        expect((await one) >= 1 && (await two) >= 2 && (await three) >= 3).toBe(true)
        await refused
        await store.setUserDisabled(a.id, true)
        const id = await store.createCookieSession({
          userId: a.id,
          secretHash: new Uint8Array(32),
          capabilities: '',
          createdAt: 1,
          expiresAt: 2,
        })
        await store.revokeCookieSession(id ?? 0)
        await store.revokeCookieSession(id ?? 0)
        await store.deleteUser(a.id, NOW)
        expect(told.map((notice) => (notice.kind === 'event' ? notice.event.id : notice.kind))).toEqual([
          1,
          2,
          3,
          'user-changed',
          'cookie-session-revoked',
          'user-deleted',
        ])
        while (!(await store.sweepDeletedUsers(10, NOW)).done) {}
        stop()
        await user(B)
        expect(told.length).toBe(6)
      })
    })

    describe('deleting an account', () => {
      async function sweep() {
        const events = []
        const orphans = []
        for (;;) {
          const step = await store.sweepDeletedUsers(2, NOW + 50)
          events.push(...step.events)
          orphans.push(...step.orphans)
          if (step.done) return { events, orphans }
        }
      }

      test('takes everything away, tells what was public, and frees the key', async () => {
        const a = await user(A)
        const b = await user(B)
        const key = { generation: 1, rootKeyId: new Uint8Array(8), wrapped: new Uint8Array(60) }
        const created = await store.createUser({ publicKey: 'c'.repeat(52), key, tokenLookup: undefined, now: NOW })
        const c = created.outcome === 'created' ? created.user : a
        expect((await store.findUserKey(c.id, 1))?.wrapped).toHaveLength(60)
        const secretHash = new Uint8Array(32).fill(1)
        await store.createCookieSession({
          userId: c.id,
          secretHash,
          capabilities: '',
          createdAt: 1,
          expiresAt: NOW * 2,
        })
        for (const path of ['/pub/1', '/pub/2', '/priv/3', '/pub/4', '/pub/5']) await put(c, path)
        const blobId = 'f'.repeat(32)
        await put(c, '/pub/6', 9, { body: { blobId, place: 'blob', keyGeneration: 1 }, inlineBody: undefined })
        await remove(c, '/pub/5')
        await put(b, '/pub/kept')

        expect(await store.deleteUser(c.id, NOW + 10)).toBe(true)
        expect(await store.deleteUser(c.id, NOW + 10)).toBe(false)
        expect(await store.findUser(c.publicKey)).toBeUndefined()
        expect(await store.findUserKey(c.id, 1)).toBeUndefined()
        expect(await store.findCookieSession(secretHash)).toBeUndefined()
        expect(await put(c, '/pub/7')).toBe('user-unknown')

        const { events, orphans } = await sweep()
        expect(events.map(({ type, path, user: owner }) => [type, path, owner])).toEqual(
          ['/pub/1', '/pub/2', '/pub/4', '/pub/6'].map((path) => ['DEL', path, c.publicKey]),
        )
        expect(orphans).toEqual([blobId])
        expect(await store.entryTotals(c.id)).toEqual({ entries: 0, contentBytes: 0 })
        const left = await store.events(eventQuery())
        expect(left.map(({ type, path }) => [type, path])).toEqual([
          ['PUT', '/pub/kept'],
          ...['/pub/1', '/pub/2', '/pub/4', '/pub/6'].map((path) => ['DEL', path]),
        ])
        expect((await store.statistics()).users).toBe(2)
        expect((await store.findUser(B))?.usedBytes).toBe(259)

        const again = await user(c.publicKey)
        expect(again.id).not.toBe(c.id)
        expect(await store.entryTotals(again.id)).toEqual({ entries: 0, contentBytes: 0 })
      })

      test('event ids are not reused after a restart, even if the newest events are gone', async () => {
        const a = await user(A)
        await put(a, '/priv/1')
        await put(a, '/priv/2')
        await store.deleteUser(a.id, NOW)
        await sweep()
        if (under.reopen !== undefined) store = await under.reopen()
        const b = await user(B)
        const done = await store.commitWrite(write(b, '/pub/x'))
        expect(done).toMatchObject({ outcome: 'written', event: { id: 3 } })
      })
    })

    test('everything acknowledged is there after reopening', async () => {
      if (under.reopen === undefined) return
      const a = await user(A)
      const commits = Array.from({ length: 50 }, (_, index) => write(a, `/pub/${index}`, index))
      await Promise.all(commits.map((commit) => store.commitWrite(commit)))
      await store.acquireLock({
        userId: a.id,
        path: '/pub/l',
        tokenHash: new Uint8Array(32),
        now: NOW,
        expiresAt: NOW + 100,
        maxPerUser: 1,
      })
      await store.spendProof('once', NOW, NOW + 100)
      const { installId } = store
      store = await under.reopen()
      expect(hex(store.installId)).toBe(hex(installId))
      for (const { path, inlineBody } of commits) {
        expect(hex((await store.readEntry(a.id, path))?.inlineBody)).toBe(hex(inlineBody))
      }
      expect(await store.findLock(a.id, '/pub/l', NOW + 50)).toBeDefined()
      expect(await store.spendProof('once', NOW + 1, NOW + 100)).toBe(false)
      expect(await store.latestEventId()).toBe(50)
    })

    test('a closed store refuses and closes twice', async () => {
      await store[Symbol.asyncDispose]()
      await expect(store.spendProof('x', 0, 1)).rejects.toMatchObject({ code: 'closed' })
      await store[Symbol.asyncDispose]()
    })
  })
}
