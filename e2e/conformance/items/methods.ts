import assert from 'node:assert/strict'
import { Keypair } from '@pubky/crypto'
import { hasHeader, is } from '../harness/expect.ts'
import { sendRaw } from '../harness/http.ts'
import { type Item, item } from '../harness/item.ts'
import { authToken } from '../harness/signing.ts'
import { cookieAttributes } from './signup.ts'

const STORAGE_METHODS = 'GET, HEAD, PUT, DELETE, LOCK, UNLOCK'

/** Methods, hosts, discovery (new in 0.17.1). */
export const methods: Item[] = [
  item(
    193,
    'features without websites',
    async (t) => {
      const { features } = JSON.parse((await t.send('/info')).text) as { features: string[] }
      assert.deepEqual(features.slice(0, 3), ['path-addressed-storage', 'grant-proof-logout', 'webdav-locks'])
      assert.ok(!features.includes('websites'))
    },
    { config: { drive: { websites: false } } },
  ),
  item(194, 'routes without HEAD', async (t) => {
    for (const path of ['/signup_tokens/invalid', '/events-stream']) {
      for (const method of ['HEAD', 'DELETE']) {
        const answer = await t.send(path, { method })
        is(answer, 405, '')
        hasHeader(answer, 'allow', 'GET')
      }
    }
  }),
  item(195, 'PATCH of a file', async (t) => {
    const user = await t.newUser()
    for (const headers of [{}, user.headers]) {
      const answer = await t.send(user.at('/pub/x'), { method: 'PATCH', headers, body: new Uint8Array(16_385) })
      is(answer, 405)
      hasHeader(answer, 'allow', STORAGE_METHODS)
    }
  }),
  item(196, 'PATCH below a bad owner', async (t) =>
    is(await t.send('/storage/short/pub/x', { method: 'PATCH' }), 400, 'Invalid storage owner public key'),
  ),
  item(197, 'sign-in and sign-up without Host', async (t) => {
    for (const path of ['/session', '/signup']) {
      const answer = (
        await sendRaw(t.url, `POST ${path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      ).toString()
      assert.match(answer, /^HTTP\/1\.[01] 400 /)
      assert.ok(answer.includes('Header of type `host` was missing'), answer)
    }
  }),
  item(198, 'only Host decides on the cookie', async (t) => {
    assert.match(await cookieAttributes(t, { host: 'example.com:8443' }), /; SameSite=None; Secure;/)
    const forwarded = { host: 'localhost:23423', 'x-forwarded-host': 'example.com' }
    assert.doesNotMatch(await cookieAttributes(t, forwarded), /Secure|SameSite/)
  }),
  item(199, 'every truncated token gets an answer', async (t) => {
    const token = authToken(Keypair.random())
    for (let length = 0; length < token.length; length++) {
      is(await t.send('/signup', { method: 'POST', body: token.subarray(0, length) }), 400)
    }
  }),
  item(200, 'exposed headers', async (t) => {
    const answer = await t.send('/info', { headers: { origin: 'https://app.example' } })
    const exposed = String(answer.headers['access-control-expose-headers']).split(/, */)
    assert.deepEqual(exposed.slice(0, 3), ['retry-after', 'lock-token', 'timeout'])
  }),
]
