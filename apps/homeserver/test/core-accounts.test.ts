import { Keypair } from '@pubky/crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestCore } from './support/open-test-core.ts'

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

describe('cookie flow', () => {
  test('sign-up opens a session that its secret finds until sign-out', async () => {
    await onDisk()
    const { tenant, session, secret, user } = await at.signUp()
    expect(secret).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
    expect(session).toMatchObject({ kind: 'cookie', user: tenant, isRoot: true, capabilities: '/:rw' })
    const { sessions } = at.core
    expect(await sessions.fromCookie(tenant, secret)).toMatchObject({ user: tenant })
    // From memory now: no promise.
    expect(sessions.fromCookie(tenant, secret)).toMatchObject({ user: tenant })
    const other = await at.signUp()
    expect(await sessions.fromCookie(other.tenant, secret)).toBeUndefined()
    expect(await sessions.fromCookie(tenant, secret.toLowerCase())).toBeUndefined()
    expect(await sessions.fromCookie(tenant, `${secret}0`)).toBeUndefined()
    expect(await sessions.fromBearer(secret)).toBeUndefined()
    await at.restart()
    const again = await at.core.sessions.fromCookie(tenant, secret)
    if (again?.kind !== 'cookie') throw new Error('no session')
    at.now += 1
    const second = await at.core.sessions.signIn(at.authToken(user))
    await at.core.sessions.signOut(again)
    expect(await at.core.sessions.fromCookie(tenant, secret)).toBeUndefined()
    expect(await at.core.sessions.fromCookie(tenant, second.secret)).toBeDefined()
    await at.core.sessions.signOut(again)
  })

  test('a session ends on the server, too', async () => {
    const { tenant, secret } = await at.signUp()
    at.now += 365 * 86_400_000_000 - 1
    expect(await at.core.sessions.fromCookie(tenant, secret)).toBeDefined()
    at.now += 1
    expect(await at.core.sessions.fromCookie(tenant, secret)).toBeUndefined()
  })

  test('tokens: window, replay (also after a restart and a clock set back), unknown and existing users', async () => {
    await onDisk()
    const user = Keypair.random()
    const token = at.authToken(user)
    expect(await code(at.core.sessions.signIn(token))).toBe('user-unknown')
    expect(await code(at.core.sessions.signUp(token, undefined))).toBe('auth-token-replayed')
    await at.restart()
    expect(await code(at.core.sessions.signUp(token, undefined))).toBe('auth-token-replayed')
    at.now += 3_600_000_000
    await at.signUp(Keypair.random())
    at.now -= 3_600_000_000
    expect(await code(at.core.sessions.signUp(token, undefined))).toBe('auth-token-replayed')
    for (const [offset, result] of [
      [180_000_001, 'auth-token-invalid'],
      [-180_000_001, 'auth-token-invalid'],
      [180_000_000, 'fine'],
    ] as const) {
      expect(await code(at.core.sessions.signUp(at.authToken(user, '/:rw', at.now + offset), undefined))).toBe(result)
    }
    expect(await code(at.core.sessions.signUp(at.authToken(user), undefined))).toBe('user-exists')
    for (let length = 0; length < token.length; length += 1) {
      expect(await code(at.core.sessions.signIn(token.subarray(0, length)))).toBe('auth-token-invalid')
    }
  })

  test('many sign-ups of one key at once: one succeeds, the others hear that it exists', async () => {
    const user = Keypair.random()
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        code(at.core.sessions.signUp(at.authToken(user, '/:rw', at.now + index), undefined)),
      ),
    )
    expect(results.toSorted()).toEqual(['fine', ...Array.from({ length: 7 }, () => 'user-exists')])
  })
})

describe('sign-up tokens', () => {
  test('are required, single-use, and give their quota', async () => {
    await onDisk()
    await at.restart({ signupMode: 'token-required' })
    const { sessions, signupTokens, users } = at.core
    const token = await signupTokens.generate({ storage_quota_mb: 5, allowed_write_paths: ['/pub/x/'] })
    expect(token).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{3}[0G]$/)
    const user = Keypair.random()
    const fresh = () => {
      at.now += 1
      return at.authToken(user)
    }
    expect(await code(sessions.signUp(fresh(), undefined))).toBe('signup-token-required')
    expect(await code(sessions.signUp(fresh(), 'AAAA-BBBB-CCCC'))).toBe('signup-token-invalid')
    expect(await code(sessions.signUp(fresh(), 'AAAA-BBBB-CCC'))).toBe('signup-token-malformed')
    expect(await code(sessions.signUp(fresh(), 'AAAA-BBBB-CCCU'))).toBe('signup-token-malformed')
    expect(await signupTokens.status(token)).toMatchObject({ status: 'valid', createdAt: at.now - 4 })
    await sessions.signUp(fresh(), token.toLowerCase())
    expect(await signupTokens.status(token)).toMatchObject({ status: 'used' })
    expect((await users.quota(user.publicKey.z32())).overrides).toEqual({
      storage_quota_mb: 5,
      allowed_write_paths: ['/pub/x/'],
    })
    expect(await code(sessions.signUp(at.authToken(Keypair.random()), token))).toBe('signup-token-used')
    expect(await code(signupTokens.status('AAAA-BBBB-CCCC'))).toBe('signup-token-unknown')
    expect(await code(signupTokens.status('invalid'))).toBe('signup-token-malformed')
    expect(await users.statistics()).toMatchObject({ users: 1, signupTokens: 1, unusedSignupTokens: 0 })
  })

  test('are listed in the order of their texts, page after page, by state', async () => {
    const { signupTokens, sessions } = at.core
    const made: string[] = []
    for (let count = 0; count < 7; count += 1) made.push(await signupTokens.generate({}))
    const sorted = made.toSorted()
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await signupTokens.list({ state: 'all', limit: 3, cursor })
      seen.push(...page.items.map(({ token }) => token))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    expect(seen).toEqual(sorted)
    expect(await code(signupTokens.list({ state: 'all', limit: 3, cursor: 'x' }))).toBe('signup-token-malformed')
    // In open mode a token is checked for form and not consumed.
    await sessions.signUp(at.authToken(Keypair.random()), made[0])
    expect((await signupTokens.list({ state: 'unused', limit: 100, cursor: undefined })).items).toHaveLength(7)
    expect((await signupTokens.list({ state: 'used', limit: 100, cursor: undefined })).items).toEqual([])
    expect(await code(signupTokens.status(made[0] ?? ''))).toBe('signup-tokens-not-required')
  })
})

describe('grants', () => {
  const client = Keypair.random()

  async function signedUp(): Promise<Keypair> {
    const user = Keypair.random()
    await at.core.grants.signUp(at.signupGrant(user, client), undefined)
    return user
  }

  test('sign-up, exchange, use, refresh, list, sign-out', async () => {
    const user = await signedUp()
    expect(await code(at.core.grants.signUp(at.signupGrant(user, client), undefined))).toBe('user-exists')
    const grantId = 'grant-1'
    const first = await at.core.grants.exchange(at.grant(user, client, { grantId, capabilities: '/pub/app/:rw' }))
    expect(first.token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(first.session).toMatchObject({ kind: 'grant', user: user.publicKey.z32(), isRoot: false })
    expect(first.session.bearerExpiresAtSeconds).toBe(at.seconds + 3_600)
    const { sessions, grants } = at.core
    expect(await sessions.fromBearer(first.token)).toMatchObject({ user: user.publicKey.z32() })
    expect(sessions.fromBearer(first.token)).toMatchObject({ kind: 'grant' })
    const second = await grants.exchange(at.grant(user, client, { grantId, capabilities: '/pub/app/:rw' }))
    expect(await sessions.fromBearer(first.token)).toBeUndefined()
    const live = await sessions.fromBearer(second.token)
    expect(live).toBeDefined()
    expect(await code(grants.list(live))).toBe('root-required')
    expect(await code(grants.list(undefined))).toBe('no-session')
    const root = (await grants.exchange(at.grant(user, client, { grantId: 'root' }))).session
    expect((await grants.list(root)).map(({ id }) => id).toSorted()).toEqual(['grant-1', 'root'])
    if (live === undefined) throw new Error('no session')
    await sessions.recheck(live)
    await grants.signOut(live)
    await grants.signOut(live)
    expect(await code(sessions.recheck(live))).toBe('grant-revoked')
    expect(await sessions.fromBearer(second.token)).toBeUndefined()
    expect(await code(grants.exchange(at.grant(user, client, { grantId, capabilities: '/pub/app/:rw' })))).toBe(
      'grant-revoked',
    )
    expect((await grants.list(root)).map(({ id }) => id)).toEqual(['root'])
  })

  test('a bearer ends after an hour, and with its grant', async () => {
    const user = await signedUp()
    const long = await at.core.grants.exchange(at.grant(user, client))
    const short = await at.core.grants.exchange(at.grant(user, client, { expiresAt: at.seconds + 60 }))
    expect(short.session.bearerExpiresAtSeconds).toBe(at.seconds + 60)
    expect(await at.core.sessions.fromBearer(short.token)).toBeDefined()
    at.now += 60_000_000
    expect(await at.core.sessions.fromBearer(short.token)).toBeUndefined()
    expect(await code(at.core.sessions.recheck(short.session))).toBe('grant-lapsed')
    expect(await at.core.sessions.fromBearer(long.token)).toBeDefined()
    at.now += 3_540_000_000
    expect(await at.core.sessions.fromBearer(long.token)).toBeUndefined()
    expect(await code(at.core.sessions.recheck(long.session))).toBe('session-expired')
  })

  test('a grant id used again with other claims is refused and changes nothing', async () => {
    const victim = await signedUp()
    const attacker = await signedUp()
    const grantId = 'shared-id'
    const { token } = await at.core.grants.exchange(at.grant(victim, client, { grantId }))
    expect(await code(at.core.grants.exchange(at.grant(attacker, client, { grantId })))).toBe('grant-id-in-use')
    expect(await code(at.core.grants.exchange(at.grant(victim, Keypair.random(), { grantId })))).toBe('grant-id-in-use')
    expect(await code(at.core.grants.exchange(at.grant(victim, client, { grantId, capabilities: '/pub/:r' })))).toBe(
      'grant-id-in-use',
    )
    expect(await at.core.sessions.fromBearer(token)).toMatchObject({ user: victim.publicKey.z32() })
    expect(await code(at.core.grants.signOutByProof(at.grant(attacker, client, { grantId })))).toBe('grant-not-yours')
    expect(await at.core.sessions.fromBearer(token)).toBeDefined()
  })

  test('proofs: each field, each once, also after a restart', async () => {
    await onDisk()
    const user = await signedUp()
    const exchange = (changes: Parameters<TestCore['grant']>[2]) =>
      code(at.core.grants.exchange(at.grant(user, client, changes)))
    expect(await exchange({ popKey: Keypair.random() })).toBe('pop-signature')
    expect(await exchange({ audience: Keypair.random() })).toBe('pop-audience')
    expect(await exchange({ popGrantId: 'other' })).toBe('pop-grant')
    expect(await exchange({ popAt: at.seconds - 181 })).toBe('pop-timestamp')
    expect(await exchange({ popAt: at.seconds + 181 })).toBe('pop-timestamp')
    expect(await exchange({ popAt: at.seconds - 180, nonce: 'once' })).toBe('fine')
    expect(await exchange({ nonce: 'once' })).toBe('pop-replayed')
    await at.restart()
    expect(await exchange({ nonce: 'once' })).toBe('pop-replayed')
    expect(await exchange({ expiresAt: at.seconds })).toBe('grant-expired')
    expect(await exchange({ clientId: 'pubky.signup' })).toBe('grant-malformed')
    const { grant, pop } = at.grant(user, client)
    const [header, payload] = grant.split('.')
    expect(await code(at.core.grants.exchange({ grant: `${header}.${payload}.AAAA`, pop }))).toBe('grant-signature')
    expect(await code(at.core.grants.exchange({ grant: 'a.b.c', pop }))).toBe('grant-malformed')
    expect(await code(at.core.grants.exchange({ grant: pop, pop }))).toBe('grant-malformed')
    expect(await code(at.core.grants.exchange({ grant, pop: grant }))).toBe('pop-signature')
    expect(await code(at.core.grants.exchange(at.grant(Keypair.random(), client)))).toBe('user-unknown')
  })

  test('sign-up grants have their own rules', async () => {
    const signUp = (changes: Parameters<TestCore['grant']>[2]) =>
      code(at.core.grants.signUp(at.signupGrant(Keypair.random(), client, changes), undefined))
    expect(await signUp({ clientId: 'test.app' })).toBe('signup-grant-client')
    expect(await signUp({ capabilities: '/pub/:rw' })).toBe('root-required')
    expect(await signUp({ capabilities: '/:e' })).toBe('root-required')
    expect(await signUp({ issuedAt: at.seconds + 181, expiresAt: at.seconds + 200 })).toBe('signup-grant-iat')
    expect(await signUp({ issuedAt: at.seconds - 1, expiresAt: at.seconds + 300 })).toBe('signup-grant-lifetime')
    expect(await signUp({ capabilities: '/:rwe' })).toBe('fine')
  })

  test('sign-out by proof, also of an expired grant', async () => {
    const user = await signedUp()
    const claims = { grantId: 'g', expiresAt: at.seconds + 60, issuedAt: at.seconds }
    const { token } = await at.core.grants.exchange(at.grant(user, client, claims))
    expect(await code(at.core.grants.signOutByProof(at.grant(user, client, { ...claims, grantId: 'h' })))).toBe(
      'grant-unknown',
    )
    expect(
      await code(at.core.grants.signOutByProof(at.grant(user, client, { ...claims, popKey: Keypair.random() }))),
    ).toBe('pop-signature')
    expect(await at.core.sessions.fromBearer(token)).toBeDefined()
    at.now += 61_000_000
    const proof = at.grant(user, client, claims)
    await at.core.grants.signOutByProof(proof)
    expect(await code(at.core.grants.signOutByProof(proof))).toBe('pop-replayed')
    await at.core.grants.signOutByProof(at.grant(user, client, claims))
    expect(await code(at.core.grants.exchange(at.grant(user, client, claims)))).toBe('grant-expired')
  })

  test('a root session revokes grants of its user only', async () => {
    const user = await signedUp()
    const other = await signedUp()
    const root = (await at.core.grants.exchange(at.grant(user, client, { grantId: 'root' }))).session
    const app = await at.core.grants.exchange(at.grant(user, client, { grantId: 'app', capabilities: '/pub/:rw' }))
    await at.core.grants.exchange(at.grant(other, client, { grantId: 'theirs' }))
    expect(await code(at.core.grants.revoke(app.session, 'app'))).toBe('root-required')
    expect(await code(at.core.grants.revoke(root, 'theirs'))).toBe('grant-not-yours')
    expect(await code(at.core.grants.revoke(root, 'none'))).toBe('grant-unknown')
    expect(await code(at.core.grants.revoke(root, 'a/b'))).toBe('grant-id-malformed')
    await at.core.grants.revoke(root, 'app')
    await at.core.grants.revoke(root, 'app')
    expect(await at.core.sessions.fromBearer(app.token)).toBeUndefined()
  })

  test('parallel exchanges leave one bearer; parallel proofs of one nonce pass once', async () => {
    const user = await signedUp()
    const minted = await Promise.all(
      Array.from({ length: 20 }, () => at.core.grants.exchange(at.grant(user, client, { grantId: 'one' }))),
    )
    const live = await Promise.all(minted.map(({ token }) => at.core.sessions.fromBearer(token)))
    expect(live.filter((session) => session !== undefined)).toHaveLength(1)
    const proof = at.grant(user, client, { grantId: 'one' })
    const results = await Promise.all(Array.from({ length: 10 }, () => code(at.core.grants.exchange(proof))))
    expect(results.filter((result) => result === 'fine')).toHaveLength(1)
  })
})

describe('operator', () => {
  test('quota reports and patches (spec 03 §2.8)', async () => {
    const { tenant } = await at.signUp()
    const { users } = at.core
    expect(await users.quota(tenant)).toEqual({
      effective: { storage_quota_mb: 'unlimited', rate_read: 'unlimited', rate_write: 'unlimited' },
      overrides: {},
    })
    await users.patchQuota(tenant, { storage_quota_mb: 500, rate_read: '100MB/m', rate_read_burst: 5 })
    expect(await users.quota(tenant)).toEqual({
      effective: { storage_quota_mb: 500, rate_read: '100mb/m', rate_read_burst: 5, rate_write: 'unlimited' },
      overrides: { storage_quota_mb: 500, rate_read: '100mb/m', rate_read_burst: 5 },
    })
    const refused = async (patch: Parameters<typeof users.patchQuota>[1]) =>
      users.patchQuota(tenant, patch).then(
        () => 'fine',
        (error) => error.message,
      )
    expect(await refused({ rate_read: null })).toBe(
      'rate_read_burst requires the corresponding rate to be set to a value',
    )
    expect(await refused({ rate_write: 'unlimited', rate_write_burst: 1 })).toBe(
      'rate_write_burst requires the corresponding rate to be set to a value',
    )
    expect(await refused({ rate_write: '1kb/s', rate_write_burst: 2_147_483_648 })).toBe(
      'rate_write_burst value 2147483648 exceeds maximum (2147483647)',
    )
    expect(await refused({ rate_read: '100r/m' })).toContain('does not accept')
    expect(await refused({ allowed_write_paths: ['/pub/a', '/'] })).toBe(
      "allowed_write_paths[1] must not be '/'; use null for unrestricted access",
    )
    expect(await refused({ allowed_write_paths: ['/pub/x/', '/pub/x/'] })).toBe(
      'allowed_write_paths[1] is a duplicate: "/pub/x/"',
    )
    await users.patchQuota(tenant, { rate_read: null, rate_read_burst: null, allowed_write_paths: [] })
    expect((await users.quota(tenant)).overrides).toEqual({ storage_quota_mb: 500, allowed_write_paths: [] })
    await users.patchQuota(tenant, { allowed_write_paths: null, storage_quota_mb: 'unlimited' })
    expect((await users.quota(tenant)).overrides).toEqual({ storage_quota_mb: 'unlimited' })
    expect(await code(users.quota('y'.repeat(52)))).toBe('user-unknown')
  })

  test('parallel patches of different fields all hold', async () => {
    const { tenant } = await at.signUp()
    await Promise.all([
      at.core.users.patchQuota(tenant, { storage_quota_mb: 1 }),
      at.core.users.patchQuota(tenant, { rate_read: '1kb/s' }),
      at.core.users.patchQuota(tenant, { rate_write: '2kb/s' }),
      at.core.users.patchQuota(tenant, { allowed_write_paths: ['/pub/'] }),
    ])
    expect((await at.core.users.quota(tenant)).overrides).toEqual({
      storage_quota_mb: 1,
      rate_read: '1kb/s',
      rate_write: '2kb/s',
      allowed_write_paths: ['/pub/'],
    })
  })

  test('users are listed page after page', async () => {
    const made = [await at.signUp(), await at.signUp(), await at.signUp()]
    const query = { state: 'all', sortBy: 'createdAt', reverse: false, limit: 2, cursor: undefined } as const
    const first = await at.core.users.list(query)
    expect(first.items.map(({ publicKey }) => publicKey)).toEqual(made.slice(0, 2).map(({ tenant }) => tenant))
    const second = await at.core.users.list({ ...query, cursor: first.nextCursor })
    expect(second).toMatchObject({ items: [{ publicKey: made[2]?.tenant }], nextCursor: undefined })
    expect(await code(at.core.users.list({ ...query, cursor: 'y'.repeat(52) }))).toBe('cursor-unknown')
  })

  test('a disabled user keeps reading, deleting and signing in', async () => {
    const { tenant, session, user } = await at.signUp()
    await at.put(session, tenant, '/pub/f', 'x')
    await at.core.users.setDisabled(tenant, true)
    expect(await code(at.put(session, tenant, '/pub/g', 'x'))).toBe('user-disabled')
    expect((await at.get(tenant, '/pub/f')).toString()).toBe('x')
    at.now += 1
    await at.core.sessions.signIn(at.authToken(user))
    await at.core.files.delete({ session, tenant, path: '/pub/f', lockTokens: [] })
    await at.core.users.setDisabled(tenant, false)
    await at.put(session, tenant, '/pub/g', 'x')
    expect(await code(at.core.users.setDisabled('y'.repeat(52), true))).toBe('user-unknown')
  })

  test('deleting an account takes files, keys, sessions and bodies away', async () => {
    const { tenant, session, secret, user } = await at.signUp()
    const other = await at.signUp()
    await at.put(other.session, other.tenant, '/pub/kept', 'kept')
    await at.put(session, tenant, '/pub/small', 'x')
    await at.put(session, tenant, '/pub/large', new Uint8Array(200_000))
    await at.put(session, tenant, '/priv/secret', 'x')
    expect(await at.core.users.usage(tenant)).toMatchObject({ entries: 3, contentBytes: 200_002, usedBytes: 200_770 })
    await at.core.users.delete(tenant)
    expect(await code(at.core.users.delete(tenant))).toBe('user-unknown')
    expect(await at.core.sessions.fromCookie(tenant, secret)).toBeUndefined()
    expect(at.core.files.cached(tenant, '/pub/small')).toBeUndefined()
    expect(await code(at.get(tenant, '/pub/small'))).toBe('entry-unknown')
    expect(await code(at.put(session, tenant, '/pub/x', 'x'))).toBe('user-unknown')
    const feed = await at.core.eventLog.publicEvents(undefined, 100)
    expect(feed.map(({ type, path }) => `${type} ${path}`)).toEqual([
      'PUT /pub/kept',
      'DEL /pub/large',
      'DEL /pub/small',
    ])
    const again = await at.signUp(user)
    expect(await code(at.get(again.tenant, '/pub/small'))).toBe('entry-unknown')
    await at.put(again.session, again.tenant, '/pub/small', 'new')
    expect((await at.get(again.tenant, '/pub/small')).toString()).toBe('new')
    expect((await at.get(other.tenant, '/pub/kept')).toString()).toBe('kept')
  })
})
