import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { hasHeader, includesHeader, is, listed, varyStarts } from '../harness/expect.ts'
import type { Answer, Request } from '../harness/http.ts'
import { type Item, item } from '../harness/item.ts'
import type { Target } from '../harness/target.ts'
import type { User } from '../harness/user.ts'
import { feedOf } from './storage.ts'

const PATH = '/pub/state.bin'
const LOCKED = 'Resource is locked'
const NOT_LIVE = 'The If header does not name the live lock on this path'
const UNKNOWN = 'opaquelocktoken:00000000-0000-4000-8000-000000000000'
const LOCKINFO =
  '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'

function lock(user: User, path = PATH, headers: Record<string, string> = {}, body: string | Uint8Array = LOCKINFO) {
  return user.send(path, { method: 'LOCK', headers, body })
}

/** A granted lock's token, with its scheme. */
async function granted(user: User, path = PATH, timeout?: string): Promise<string> {
  const answer = await lock(user, path, timeout === undefined ? {} : { timeout })
  is(answer, 200)
  return tokenOf(answer)
}

function tokenOf(answer: Answer): string {
  const match = /^<(opaquelocktoken:[0-9a-f-]{36})>$/.exec(String(answer.headers['lock-token']))
  assert.ok(match, `Lock-Token: ${answer.headers['lock-token']}`)
  return match[1]!
}

function unlock(user: User, token: string, path = PATH, headers: Record<string, string> = {}) {
  return user.send(path, { method: 'UNLOCK', headers: { 'lock-token': `<${token}>`, ...headers } })
}

const holding = (token: string): Request => ({ headers: { if: `(<${token}>)` } })

/** A PUT whose body is sent in two parts, with `between` run after the first. */
function slowPut(
  t: Target,
  user: User,
  path: string,
  headers: Record<string, string>,
  between: () => Promise<void>,
): Promise<number> {
  const { hostname, port } = new URL(t.url)
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        hostname,
        port,
        agent: false,
        method: 'PUT',
        path: user.at(path),
        headers: { ...user.headers, ...headers, 'content-length': 8 },
      },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    request.on('error', reject)
    request.write('half')
    sleep(200)
      .then(between)
      .then(() => request.end('half'), reject)
  })
}

/** Locks. */
export const locks: Item[] = [
  item(201, 'a new lock', async (t) => {
    const user = await t.newUser()
    const answer = await lock(user)
    is(answer, 200)
    hasHeader(answer, 'content-type', 'application/xml; charset=utf-8')
    hasHeader(answer, 'timeout', 'Second-30')
    const token = tokenOf(answer)
    for (const part of [
      '<D:lockdiscovery>',
      `<D:href>${token}</D:href>`,
      `<D:lockroot><D:href>${user.at(PATH)}</D:href>`,
    ]) {
      assert.ok(answer.text.includes(part), `no ${part} in ${answer.text}`)
    }
  }),
  item(202, 'a lock keeps others out', async (t) => {
    const user = await t.newUser()
    await granted(user)
    is(await user.put(PATH, 'x'), 423, LOCKED)
    is(await lock(user), 423, LOCKED)
  }),
  item(203, 'the holder writes', async (t) => {
    const user = await t.newUser()
    const token = await granted(user)
    is(await user.put(PATH, 'x', holding(token)), 201)
    is(await user.delete(PATH), 423, LOCKED)
  }),
  item(204, 'UNLOCK', async (t) => {
    const user = await t.newUser()
    const token = await granted(user)
    is(await user.put(PATH, 'x', holding(token)), 201)
    is(await unlock(user, token), 204, '')
    is(await user.put(PATH, 'x', holding(token)), 412, NOT_LIVE)
    is(await user.delete(PATH), 204)
  }),
  item(205, 'a lock expires', async (t) => {
    const user = await t.newUser()
    const answer = await lock(user, PATH, { timeout: 'Second-1' })
    is(answer, 200)
    hasHeader(answer, 'timeout', 'Second-1')
    const token = tokenOf(answer)
    await sleep(1600)
    is(await user.put(PATH, 'x', holding(token)), 412, NOT_LIVE)
    is(await user.put(PATH, 'x'), 201)
    assert.notEqual(await granted(user), token)
  }),
  item(206, 'timeouts', async (t) => {
    const user = await t.newUser()
    const rows: [string | undefined, number][] = [
      ['Second-10', 10],
      ['Second-99999', 60],
      ['Infinite, Second-10', 60],
      ['Second-0', 1],
      ['nonsense', 30],
      [undefined, 30],
      ['Extension, Second-5', 5],
    ]
    for (const [index, [asked, seconds]] of rows.entries()) {
      const answer = await lock(user, `/pub/${index}`, asked === undefined ? {} : { timeout: asked })
      is(answer, 200)
      hasHeader(answer, 'timeout', `Second-${seconds}`)
    }
  }),
  item(207, 'refresh', async (t) => {
    const user = await t.newUser()
    const token = await granted(user, PATH, 'Second-99999')
    const answer = await lock(user, PATH, { if: `(<${token}>)`, timeout: 'Second-10' }, '')
    is(answer, 200)
    hasHeader(answer, 'timeout', 'Second-10')
    hasHeader(answer, 'lock-token', undefined)
    assert.ok(answer.text.includes(token))
  }),
  item(208, 'an unknown token', async (t) => {
    const user = await t.newUser()
    for (const path of ['/pub/free', PATH]) {
      if (path === PATH) await granted(user)
      is(await lock(user, path, { if: `(<${UNKNOWN}>)` }), 412, NOT_LIVE)
      is(await user.put(path, 'x', holding(UNKNOWN)), 412, NOT_LIVE)
    }
  }),
  item(209, 'forms of Lock-Token', async (t) => {
    const user = await t.newUser()
    const token = await granted(user)
    is(await user.send(PATH, { method: 'UNLOCK' }), 400, 'Missing or malformed Lock-Token header')
    is(await unlock(user, UNKNOWN), 409, 'No lock with this token on this path')
    is(await user.send(PATH, { method: 'UNLOCK', headers: { 'lock-token': token } }), 204)
  }),
  item(210, 'bodies of LOCK', async (t) => {
    const user = await t.newUser()
    const shared = LOCKINFO.replace('<D:exclusive/>', '<D:shared/>')
    for (const body of [shared, '<D:lockinfo/>', ' ', Uint8Array.of(0xff, 0xfe)]) {
      is(await lock(user, PATH, {}, body), 400, 'Only exclusive write locks are supported')
    }
    is(await lock(user, PATH, {}, ''), 200)
  }),
  item(211, 'who may lock what', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    is(await lock(user, '/pub/dir/'), 400, 'Target path must be a file')
    is(await lock(user, '/other/state.bin'), 403)
    is(await t.send(user.at(PATH), { method: 'LOCK' }), 401, 'Unauthorized')
    is(await t.send(user.at(PATH), { method: 'LOCK', headers: other.headers }), 401, 'Unauthorized')
    const foreign = await other.bearer('/:rw')
    is(await t.send(user.at(PATH), { method: 'LOCK', headers: foreign.headers }), 403)
    const reader = await user.bearer('/:r')
    is(await t.send(user.at(PATH), { method: 'LOCK', headers: reader.headers }), 403)
  }),
  item(212, 'a large lockinfo', async (t) => {
    const user = await t.newUser()
    const body = LOCKINFO.padEnd(16_385, ' ')
    is(await lock(user, PATH, {}, body), 413, 'lockinfo body too large')
    is(await t.send(user.at(PATH), { method: 'LOCK', body }), 401, 'Unauthorized')
  }),
  item(213, 'who may unlock', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    const token = await granted(user)
    const headers = { 'lock-token': `<${token}>` }
    is(await t.send(user.at(PATH), { method: 'UNLOCK', headers }), 401)
    is(await t.send(user.at(PATH), { method: 'UNLOCK', headers: { ...headers, ...other.headers } }), 401)
    is(await unlock(user, token, '/other/state.bin'), 403)
    is(await user.put(PATH, 'x'), 423, LOCKED)
  }),
  item(214, 'legacy addressing', async (t) => {
    const user = await t.newUser()
    const headers = { ...user.headers, 'pubky-host': user.z32 }
    is(await t.send(PATH, { method: 'LOCK', headers }), 405)
    const token = await granted(user)
    is(await t.send(PATH, { method: 'PUT', headers, body: 'x' }), 423, LOCKED)
    is(await t.send(PATH, { method: 'PUT', headers: { ...headers, if: `(<${token}>)` }, body: 'x' }), 201)
  }),
  item(215, 'a token belongs to its path', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    const token = await granted(user, '/pub/a')
    await granted(user, '/pub/b')
    await granted(other, '/pub/a')
    is(await user.put('/pub/b', 'x', holding(token)), 412, NOT_LIVE)
    is(await other.put('/pub/a', 'x', holding(token)), 412, NOT_LIVE)
    is(await unlock(user, token, '/pub/b'), 409)
    is(await user.put('/pub/a', 'x', holding(token)), 201)
  }),
  item(216, 'grammar of If', async (t) => {
    const user = await t.newUser()
    const token = await granted(user)
    const put = (value: string) => user.put(PATH, 'x', { headers: { if: value } })
    is(await put(`<http://x/a> (Not <${token}> ["etag"])`), 201)
    is(await put('(["etag"])'), 423, LOCKED)
    is(await put(`(<${token}`), 423, LOCKED)
  }),
  item(217, 'an upload that was there first', async (t) => {
    const user = await t.newUser()
    const status = await slowPut(t, user, PATH, {}, async () => {
      is(await lock(user), 200)
    })
    assert.equal(status, 201)
  }),
  item(218, 'an upload keeps its lock alive', async (t) => {
    const user = await t.newUser()
    const token = await granted(user, PATH, 'Second-2')
    const status = await slowPut(t, user, PATH, { if: `(<${token}>)` }, async () => {
      await sleep(3500)
      is(await user.put(PATH, 'other'), 423, LOCKED)
    })
    assert.equal(status, 201)
    is(await user.put(PATH, 'other'), 423, LOCKED)
  }),
  item(219, 'UNLOCK beats an upload in flight', async (t) => {
    const user = await t.newUser()
    await user.store(PATH, 'old')
    const token = await granted(user)
    const before = await feedOf(t, user.z32)
    const status = await slowPut(t, user, PATH, { if: `(<${token}>)` }, async () => {
      is(await unlock(user, token), 204)
    })
    assert.equal(status, 412)
    is(await user.read(PATH), 200, 'old')
    assert.deepEqual(await feedOf(t, user.z32), before)
  }),
  item(220, 'eight locks at once', async (t) => {
    const user = await t.newUser()
    const answers = await Promise.all(Array.from({ length: 8 }, () => lock(user)))
    const statuses = answers.map((answer) => answer.status).sort()
    assert.deepEqual(statuses, [200, 423, 423, 423, 423, 423, 423, 423])
  }),
  item(221, 'a lock makes no file', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/else')
    await granted(user)
    is(await user.read(PATH), 404)
    assert.deepEqual(listed(await user.read('/pub/')), ['/pub/else'])
    assert.equal((await feedOf(t, user.z32)).length, 1)
  }),
  item(222, 'private paths', async (t) => {
    const user = await t.newUser()
    const path = '/priv/state.bin'
    const first = await lock(user, path)
    is(first, 200)
    const answers = [
      first,
      await lock(user, path),
      await user.send(path, { method: 'UNLOCK' }),
      await unlock(user, tokenOf(first), path),
      await t.send(user.at(path), { method: 'LOCK' }),
    ]
    assert.deepEqual(
      answers.map((answer) => answer.status),
      [200, 423, 400, 204, 401],
    )
    for (const answer of answers) {
      hasHeader(answer, 'cache-control', 'no-store')
      varyStarts(answer, 'Authorization, Cookie')
    }
  }),
  item(
    223,
    'locks of a disabled user',
    async (t) => {
      const user = await t.newUser()
      await user.store(PATH)
      await user.store('/pub/other')
      const [token, other] = [await granted(user), await granted(user, '/pub/other')]
      is(await t.sendAdmin(`/users/${user.z32}/disable`, { method: 'POST' }), 200)
      is(await lock(user, '/pub/new'), 403, 'User is disabled')
      is(await lock(user, PATH, { if: `(<${token}>)` }), 403, 'User is disabled')
      is(await unlock(user, token), 204)
      is(await user.delete('/pub/other', holding(other)), 204)
    },
    { needs: ['admin'] },
  ),
  item(
    224,
    'a lock survives a restart',
    async (t) => {
      const user = await t.newUser()
      const token = await granted(user, PATH, 'Second-60')
      await t.restart()
      is(await user.put(PATH, 'x'), 423, LOCKED)
      is(await user.put(PATH, 'x', holding(token)), 201)
    },
    { needs: ['restart'] },
  ),
  item(
    225,
    'the operator deletes a locked file',
    async (t) => {
      const user = await t.newUser()
      await user.store(PATH)
      await granted(user)
      is(await t.sendAdmin(`/webdav/${user.z32}${PATH}`, { method: 'DELETE' }), 204)
    },
    { needs: ['admin'] },
  ),
  item(
    226,
    'order of refusals',
    async (t) => {
      const user = await t.newUser()
      await user.store('/pub/allowed/full')
      const locked = ['/pub/allowed/full', '/pub/outside', '/pub/allowed/none']
      const tokens = await Promise.all(locked.map((path) => granted(user, path)))
      const headers = { 'content-type': 'application/json' }
      const quota = JSON.stringify({ allowed_write_paths: ['/pub/allowed/'], storage_quota_mb: 1 })
      is(await t.sendAdmin(`/users/${user.z32}/quota`, { method: 'PATCH', headers, body: quota }), 200)
      is(await user.put(locked[0]!, new Uint8Array(1_100_000)), 507)
      is(await user.put(locked[1]!, 'x'), 423)
      is(await user.put(locked[1]!, 'x', holding(tokens[1]!)), 403, 'Write to this path is not allowed')
      is(await user.delete(locked[2]!), 423)
      is(await user.delete(locked[2]!, holding(tokens[2]!)), 404)
    },
    { needs: ['admin'] },
  ),
  item(
    227,
    'LOCK is a method of its own for limits',
    async (t) => {
      const user = await t.newUser()
      is(await lock(user, '/pub/a'), 200)
      is(await lock(user, '/pub/b'), 429)
      is(await user.put('/pub/b', 'x'), 201)
      includesHeader(await user.read('/pub/b'), 'content-type', 'octet-stream')
    },
    { config: { drive: { rate_limits: [{ path: '/pub/**', method: 'LOCK', quota: '1r/m', key: 'user' }] } } },
  ),
]
