import assert from 'node:assert/strict'
import { Keypair } from '@pubky/crypto'
import { hasHeader, includesHeader, is } from '../harness/expect.ts'
import { type Item, item } from '../harness/item.ts'

const FEATURES = ['path-addressed-storage', 'grant-proof-logout', 'webdav-locks', 'websites']

/** General, CORS, tenant. */
export const general: Item[] = [
  item(1, 'GET / greets', async (t) => is(await t.send('/'), 200, 'Pubky Homeserver')),
  item(
    2,
    'GET / through PubkyTLS',
    async (t) => {
      const { get } = await import('../harness/pubky-tls.ts')
      const answer = await get(t.tls!, t.pubky, '/')
      assert.equal(answer.status, 200)
      assert.equal(answer.text, 'Pubky Homeserver')
    },
    { needs: ['tls'] },
  ),
  item(
    3,
    'GET /info lists the features and is never limited',
    async (t) => {
      for (let round = 0; round < 2; round++) {
        const answer = await t.send('/info')
        is(answer, 200)
        includesHeader(answer, 'content-type', 'application/json')
        hasHeader(answer, 'cache-control', 'no-store')
        const { features } = JSON.parse(answer.text) as { features: string[] }
        assert.deepEqual(features.slice(0, FEATURES.length), FEATURES)
      }
    },
    { config: { drive: { rate_limits: [{ path: '/info', method: 'GET', quota: '1r/m', key: 'user' }] } } },
  ),
  item(4, 'a preflight is mirrored', async (t) => {
    const user = await t.newUser()
    const answer = await t.send(user.at('/pub/x'), {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'pubky-host,authorization',
      },
    })
    is(answer, 200)
    hasHeader(answer, 'access-control-allow-origin', 'https://app.example')
    hasHeader(answer, 'access-control-allow-methods', 'PUT')
    hasHeader(answer, 'access-control-allow-headers', 'pubky-host,authorization')
    hasHeader(answer, 'access-control-allow-credentials', 'true')
  }),
  item(5, 'GET /storage is 400 with CORS headers', async (t) => {
    const answer = await t.send('/storage', { headers: { origin: 'https://app.example' } })
    is(answer, 400)
    hasHeader(answer, 'access-control-allow-origin', 'https://app.example')
  }),
  item(6, 'GET /storage/ misses owner and path', async (t) =>
    is(await t.send('/storage/'), 400, 'Missing storage owner or path'),
  ),
  item(7, 'a short owner is refused', async (t) =>
    is(await t.send('/storage/short/pub/file.txt'), 400, 'Invalid storage owner public key'),
  ),
  item(8, 'a prefixed owner is refused', async (t) => {
    const user = await t.newUser()
    is(await t.send(`/storage/pubky${user.z32}/pub/file.txt`), 400)
  }),
  item(9, 'an owner without path is refused', async (t) => {
    const user = await t.newUser()
    is(await t.send(`/storage/${user.z32}/`), 400, 'Missing storage path')
  }),
  item(10, 'an owner outside of the alphabet is refused', async (t) =>
    is(await t.send(`/storage/${'0'.repeat(52)}/pub/example.txt`), 400),
  ),
  item(11, 'POST /storage is 400, not 405', async (t) => is(await t.send('/storage', { method: 'POST' }), 400)),
  item(12, 'a storage path without tenant is refused', async (t) =>
    is(await t.send('/pub/x'), 400, 'Missing request tenant'),
  ),
  item(
    13,
    'GET /favicon.ico without tenant counts as no storage request',
    async (t) => {
      const count = async () => {
        const { text } = await (await import('../harness/http.ts')).send(t.metrics!, '/metrics')
        return text
          .split('\n')
          .filter((line) => line.startsWith('storage_request_count_total'))
          .join('\n')
      }
      const before = await count()
      is(await t.send('/favicon.ico'), 400)
      assert.equal(await count(), before)
    },
    { needs: ['metrics'] },
  ),
  item(14, 'the pubky-host header names the tenant', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/f', 'of the user')
    is(await t.send('/pub/f', { headers: { host: 'non.pubky.host', 'pubky-host': user.z32 } }), 200, 'of the user')
  }),
  item(15, 'the pubky-host parameter names the tenant', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/f', 'of the user')
    is(await t.send(`/pub/f?pubky-host=${user.z32}`), 200, 'of the user')
  }),
  item(16, 'Host names the tenant', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/f', 'of the user')
    is(await t.send('/pub/f', { headers: { host: user.z32 } }), 200, 'of the user')
  }),
  item(17, 'Host with the _pubky label names the tenant', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/f', 'of the user')
    is(await t.send('/pub/f', { headers: { host: `_pubky.${user.z32}` } }), 200, 'of the user')
  }),
  item(18, 'pubky-host wins over Host', async (t) => {
    const [host, other] = [await t.newUser(), await t.newUser()]
    await host.store('/pub/f', 'of Host')
    await other.store('/pub/f', 'of pubky-host')
    const headers = { host: host.z32, 'pubky-host': other.z32 }
    is(await t.send('/pub/f', { headers }), 200, 'of pubky-host')
  }),
  item(19, 'an unusable pubky-host leaves Host', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/f', 'of the user')
    is(await t.send('/pub/f', { headers: { host: user.z32, 'pubky-host': 'garbage' } }), 200, 'of the user')
  }),
  item(20, 'the path wins over pubky-host in header and query', async (t) => {
    const [user, other] = [await t.newUser(), await t.newUser()]
    await user.store('/pub/file.txt', 'of the user')
    const path = `${user.at('/pub/file.txt')}?pubky-host=${other.z32}`
    const answer = await t.send(path, { headers: { 'pubky-host': other.z32 } })
    is(answer, 200, 'of the user')
    assert.ok(!String(answer.headers.vary).includes('pubky-host'))
  }),
  item(21, 'an invalid pubky-host does not disturb a path-addressed HEAD', async (t) => {
    const user = await t.newUser()
    await user.store('/pub/file.txt', 'x')
    is(await t.send(user.at('/pub/file.txt'), { method: 'HEAD', headers: { 'pubky-host': 'invalid' } }), 200)
  }),
  item(22, 'POST on a legacy path is 405', async (t) => {
    const answer = await t.send('/pub/x', { method: 'POST' })
    is(answer, 405, '')
    hasHeader(answer, 'allow', 'GET,HEAD,PUT,DELETE')
  }),
  item(23, 'GET /signup is 405', async (t) => {
    const answer = await t.send('/signup')
    is(answer, 405, '')
    hasHeader(answer, 'allow', 'POST')
  }),
]

/** A well-formed key that has no account anywhere. */
export function stranger(): string {
  return Keypair.random().publicKey.z32()
}
