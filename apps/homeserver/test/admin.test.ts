/** The operator's API: password, methods, quotas, users, tokens. */
import { Keypair } from '@pubky/crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { JSON_TYPE } from './support/grants.ts'
import { authToken, startHomeserver, type TestHomeserver, type TestUser } from './support/homeserver.ts'
import { send } from './support/http.ts'

let homeserver: TestHomeserver
let user: TestUser
beforeAll(async () => {
  homeserver = await startHomeserver({
    admin: { admin_password: 'swordfish' },
    storage: { default_quota_mb: 10 },
    default_quotas: { rate_read: '1gb/s', rate_read_burst: 2 },
  })
  user = await homeserver.signUp()
})
afterAll(() => homeserver[Symbol.asyncDispose]())

const patch = (body: object, who = user.z32) =>
  homeserver.admin(`/users/${who}/quota`, { method: 'PATCH', headers: JSON_TYPE, body: JSON.stringify(body) })
const quotaOf = async (who = user.z32) => JSON.parse((await homeserver.admin(`/users/${who}/quota`)).text)

describe('access', () => {
  it('is by password, without a word about more', async () => {
    for (const [headers, text] of [
      [{}, 'Missing admin password'],
      [{ 'x-admin-password': 'wrong' }, 'Invalid admin password'],
      [{ 'x-admin-password': '' }, 'Invalid admin password'],
    ] as const) {
      const answer = await send(homeserver.adminPort, '/info', { headers })
      expect([answer.status, answer.text, answer.field('content-type')]).toEqual([401, text, undefined])
    }
    expect((await send(homeserver.adminPort, '/')).text).toBe('Homeserver - Admin Endpoint')
    expect((await send(homeserver.adminPort, '/nothing')).status).toBe(404)
  })

  it('comes before the method', async () => {
    expect((await send(homeserver.adminPort, '/info', { method: 'PUT' })).status).toBe(401)
    const answer = await homeserver.admin('/info', { method: 'PUT' })
    expect([answer.status, answer.field('allow')]).toEqual([405, 'GET,HEAD'])
  })

  it('is not for pages of other origins', async () => {
    const answer = await homeserver.admin('/info', { headers: { origin: 'https://evil.example' } })
    expect(answer.field('access-control-allow-origin')).toBeUndefined()
    expect((await send(homeserver.adminPort, '/info', { method: 'OPTIONS' })).status).toBe(200)
  })

  it('is for such pages where the operator says so, as test networks do', async () => {
    await using open = await startHomeserver({ admin: { cross_origin: true } })
    const origin = 'https://app.example'
    const asked = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-admin-password' }
    const preflight = await send(open.adminPort, '/info', { method: 'OPTIONS', headers: { origin, ...asked } })
    expect([preflight.status, preflight.field('access-control-allow-headers')]).toEqual([200, 'x-admin-password'])
    for (const answer of [preflight, await open.admin('/info', { headers: { origin } })]) {
      expect(answer.field('access-control-allow-origin')).toBe(origin)
      expect(answer.field('access-control-allow-credentials')).toBe('true')
    }
    const refused = await send(open.adminPort, '/info', { headers: { origin } })
    expect([refused.status, refused.field('access-control-allow-origin')]).toEqual([401, origin])
  })

  it('is, by the password everybody knows, for this machine and not for domains that point at it', async () => {
    await using local = await startHomeserver()
    for (const host of ['evil.example', 'evil.example:6288', 'localhost.evil.example', '127.0.0.1.evil.example']) {
      const answer = await local.admin('/info', { headers: { host } })
      expect([host, answer.status]).toEqual([host, 403])
    }
    for (const host of ['localhost', 'LocalHost:6288', '127.0.0.1:6288', '[::1]:6288', '192.168.0.5']) {
      expect([host, (await local.admin('/info', { headers: { host } })).status]).toEqual([host, 200])
    }
    expect((await homeserver.admin('/info', { headers: { host: 'admin.example' } })).status).toBe(200)
  })

  it('makes no token for HEAD', async () => {
    const count = async (): Promise<unknown> => JSON.parse((await homeserver.admin('/info')).text).num_signup_codes
    const before = await count()
    const answer = await homeserver.admin('/generate_signup_token', { method: 'HEAD' })
    expect([answer.status, answer.field('allow')]).toEqual([405, 'GET, POST'])
    expect(await count()).toBe(before)
  })
})

describe('GET /info', () => {
  it('has every field', async () => {
    const info = JSON.parse((await homeserver.admin('/info')).text)
    expect(info).toMatchObject({
      num_users: 1,
      num_disabled_users: 0,
      total_disk_used_mb: 0,
      public_key: homeserver.server.publicKey.z32(),
      pkarr_pubky_address: null,
      pkarr_icann_domain: null,
      version: '0.1.0',
    })
  })
})

describe('quotas', () => {
  it('show what differs and what holds', async () => {
    expect(await quotaOf()).toEqual({
      effective: { storage_quota_mb: 10, rate_read: '1gb/s', rate_read_burst: 2, rate_write: 'unlimited' },
      overrides: {},
    })
    const overrides = { storage_quota_mb: 500, rate_read: '100MB/m', allowed_write_paths: ['/pub/a/', '/pub/b'] }
    expect(await patch(overrides)).toMatchObject({ status: 200, text: '' })
    expect((await quotaOf()).overrides).toEqual({ ...overrides, rate_read: '100mb/m' })
    await patch({ storage_quota_mb: 'unlimited', rate_read: null })
    expect((await quotaOf()).overrides).toEqual({
      storage_quota_mb: 'unlimited',
      allowed_write_paths: ['/pub/a/', '/pub/b'],
    })
    await patch({ storage_quota_mb: null, allowed_write_paths: null })
    expect((await quotaOf()).overrides).toEqual({})
  })

  it.each([
    [{ rate_read: '100r/m' }, 'does not accept'],
    [{ rate_read: 5 }, 'rate_read'],
    [{ rate_read_burst: 0 }, 'rate_read_burst'],
    [{ storage_quota_mb: -1 }, 'storage_quota_mb'],
    [{ storage_quota_mb: 'many' }, 'storage_quota_mb'],
    [{ rate_read_burst: 5 }, 'rate_read_burst requires the corresponding rate to be set to a value'],
    [{ allowed_write_paths: ['/'] }, "allowed_write_paths[0] must not be '/'; use null for unrestricted access"],
    [{ allowed_write_paths: ['/pub/x/', '/pub/x/'] }, 'allowed_write_paths[1] is a duplicate: "/pub/x/"'],
  ])('refuse %j and change nothing', async (body, text) => {
    const before = await quotaOf()
    const answer = await patch(body)
    expect(answer.status).toBe(422)
    expect(answer.text).toContain(text)
    expect(await quotaOf()).toEqual(before)
  })

  it.each([
    [{ method: 'PATCH' }, 415],
    [{ method: 'PATCH', headers: JSON_TYPE, body: '{' }, 400],
    [{ method: 'PATCH', headers: JSON_TYPE, body: '' }, 400],
  ])('refuse %j with %i', async (sent, status) => {
    expect((await homeserver.admin(`/users/${user.z32}/quota`, sent)).status).toBe(status)
  })
})

describe('users', () => {
  it('can be listed and looked at', async () => {
    const other = await homeserver.signUp()
    await other.send('/pub/x', { method: 'PUT', body: '12345' })
    const page = JSON.parse((await homeserver.admin('/users?sort_by=used_bytes&reverse=true&limit=1')).text)
    expect(page.items).toHaveLength(1)
    expect(page.items[0]).toMatchObject({ pubky: other.z32, used_bytes: 261, disabled: false })
    expect(page.items[0].created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?$/)
    expect(page.next_cursor).toBe(other.z32)
    expect(JSON.parse((await homeserver.admin(`/users/${other.z32}`)).text)).toEqual(page.items[0])
  })

  it.each([
    ['/users?limit=0'],
    ['/users?state=bogus'],
    ['/users?sort_by=bogus'],
    ['/users?reverse=1'],
    ['/users?cursor=x'],
    [`/users?cursor=pubky${'y'.repeat(52)}`],
    [`/users?cursor=${Keypair.random().publicKey.z32()}`],
    ['/users/not-a-pubkey'],
    ['/users/not-a-pubkey/quota'],
  ])('%s is refused', async (target) => {
    expect((await homeserver.admin(target)).status).toBe(400)
  })

  it('that are nobody are not found', async () => {
    const nobody = Keypair.random().publicKey.z32()
    for (const [target, method] of [
      [`/users/${nobody}`, 'GET'],
      [`/users/${nobody}/quota`, 'GET'],
      [`/users/${nobody}/disable`, 'POST'],
      [`/webdav/${nobody}/pub/x`, 'DELETE'],
    ] as const) {
      const answer = await homeserver.admin(target, { method })
      expect([target, answer.status, answer.text]).toEqual([target, 404, 'Not Found'])
    }
  })

  it('can be disabled and enabled', async () => {
    expect((await homeserver.admin(`/users/${user.z32}/disable`, { method: 'POST' })).text).toBe('Ok')
    expect((await user.send('/pub/x', { method: 'PUT', body: 'x' })).text).toBe('User is disabled')
    expect((await homeserver.send('/session', { method: 'POST', body: authToken(user.keypair) })).status).toBe(200)
    expect(JSON.parse((await homeserver.admin('/users?state=disabled')).text).items).toHaveLength(1)
    await homeserver.admin(`/users/${user.z32}/enable`, { method: 'POST' })
    expect((await user.send('/pub/x', { method: 'PUT', body: 'x' })).status).toBe(201)
  })
})

describe('DELETE /webdav/', () => {
  it('deletes public files, locked ones too, and no private ones', async () => {
    await user.send('/pub/gone', { method: 'PUT', body: 'x' })
    await user.send('/pub/gone', { method: 'LOCK' })
    expect((await homeserver.admin(`/webdav/${user.z32}/pub/gone`, { method: 'DELETE' })).status).toBe(204)
    expect((await user.send('/pub/gone')).status).toBe(404)
    for (const path of ['/priv/x', '/pub//x', '/x', '']) {
      expect((await homeserver.admin(`/webdav/${user.z32}${path}`, { method: 'DELETE' })).status).toBe(400)
    }
  })
})

describe('sign-up tokens', () => {
  it('carry limits to their user and are listed', async () => {
    await using invited = await startHomeserver({ general: { signup_mode: 'token_required' } })
    const quota = { storage_quota_mb: 7, allowed_write_paths: ['/pub/only/'] }
    const made = await invited.admin('/generate_signup_token', {
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify(quota),
    })
    const token = made.text
    expect(token).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
    const unused = (await invited.admin('/generate_signup_token')).text
    const keypair = Keypair.random()
    const signedUp = await invited.send(`/signup?signup_token=${token}`, { method: 'POST', body: authToken(keypair) })
    expect(signedUp.status).toBe(200)
    const z32 = keypair.publicKey.z32()
    expect(JSON.parse((await invited.admin(`/users/${z32}/quota`)).text).overrides).toEqual(quota)
    const page = JSON.parse((await invited.admin('/signup_tokens?state=used')).text)
    expect(page).toMatchObject({ items: [{ token, used_by: z32, quota }], next_cursor: null })
    const first = JSON.parse((await invited.admin('/signup_tokens?limit=1')).text)
    expect(first.items[0].token).toBe([token, unused].toSorted()[0])
    expect(first.next_cursor).toBe(first.items[0].token)
    for (const query of ['limit=0', 'limit=x', 'cursor=x', 'state=maybe']) {
      expect((await invited.admin(`/signup_tokens?${query}`)).status).toBe(400)
    }
  })
})

it('describes itself', async () => {
  const description = JSON.parse((await homeserver.admin('/openapi.json')).text)
  expect(description.openapi).toBe('3.1.0')
  const described = Object.keys(description.paths)
  expect(described).toEqual(homeserver.server.admin.routes.map(({ path }) => path.replace('...', '')))
})
