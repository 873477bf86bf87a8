import assert from 'node:assert/strict'
import { hasHeader, is } from '../harness/expect.ts'
import type { Answer, Request } from '../harness/http.ts'
import { send } from '../harness/http.ts'
import { type Item, item } from '../harness/item.ts'
import type { Target } from '../harness/target.ts'
import type { User } from '../harness/user.ts'
import { stranger } from './general.ts'

const PAGES: Record<string, string> = {
  '_/index.html': '<p>home</p>',
  '_/404.html': '<p>not here</p>',
  '_/docs/index.html': '<p>docs</p>',
  '_/assets/app.css': 'p{}',
  'blog/index.html': '<p>blog</p>',
}

/** A user with the pages above below `/pub/website/`. */
async function withSite(t: Target, pages: Record<string, string> = PAGES): Promise<User> {
  const user = await t.newUser()
  await Promise.all(Object.entries(pages).map(([path, text]) => user.store(`/pub/website/${path}`, text)))
  return user
}

function visit(t: Target, host: string, path: string, request: Request = {}): Promise<Answer> {
  return t.send(path, { ...request, headers: { ...request.headers, host } })
}

function isPage(answer: Answer): void {
  hasHeader(answer, 'cache-control', 'no-cache')
  hasHeader(answer, 'x-content-type-options', 'nosniff')
  assert.ok(!String(answer.headers.vary).includes('pubky-host'))
}

/** Websites. */
export const websites: Item[] = [
  item(228, 'the front page', async (t) => {
    const user = await withSite(t)
    const answer = await visit(t, user.z32, '/')
    is(answer, 200, '<p>home</p>')
    isPage(answer)
  }),
  item(229, 'folders', async (t) => {
    const user = await withSite(t)
    is(await visit(t, user.z32, '/docs/'), 200, '<p>docs</p>')
    const answer = await visit(t, user.z32, '/docs?lang=en')
    is(answer, 301, '')
    hasHeader(answer, 'location', '/docs/?lang=en')
  }),
  item(230, 'the page for what is missing', async (t) => {
    const user = await withSite(t)
    const answer = await visit(t, user.z32, '/nope.html')
    is(answer, 404, '<p>not here</p>')
    hasHeader(answer, 'etag', undefined)
    hasHeader(answer, 'last-modified', undefined)
    const bare = await withSite(t, { '_/index.html': 'x' })
    is(await visit(t, bare.z32, '/nope.html'), 404, 'Not Found')
  }),
  item(231, 'folders are not listed', async (t) => {
    const user = await withSite(t)
    is(await visit(t, user.z32, '/assets/'), 404, '<p>not here</p>')
  }),
  item(232, 'a site of its own below a label', async (t) => {
    const user = await withSite(t)
    is(await visit(t, `blog.${user.z32}`, '/'), 200, '<p>blog</p>')
    is(await visit(t, `blog.${user.z32}`, '/docs/'), 404, 'Not Found')
  }),
  item(233, 'HEAD and validators', async (t) => {
    const user = await withSite(t, { '_/index.html': 'home' })
    const get = await visit(t, user.z32, '/')
    const head = await visit(t, user.z32, '/', { method: 'HEAD' })
    is(head, 200, '')
    hasHeader(head, 'content-length', '4')
    hasHeader(head, 'etag', get.headers.etag)
    for (const method of ['GET', 'HEAD']) {
      const answer = await visit(t, user.z32, '/', { method, headers: { 'if-none-match': get.headers.etag! } })
      is(answer, 304, '')
      hasHeader(answer, 'cache-control', 'no-cache')
    }
    is(await visit(t, user.z32, '/missing', { method: 'HEAD' }), 404)
  }),
  item(234, 'six types', async (t) => {
    const types: Record<string, [string, string]> = {
      'page.html': ['<p>x</p>', 'text/html'],
      'style.css': ['p { color: red }', 'text/css'],
      'app.js': ['let a = 1', 'text/javascript'],
      'app.mjs': ['let a = 1', 'application/javascript'],
      'app.wasm': ['\0asm\x01\0\0\0', 'application/wasm'],
      'logo.svg': ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    }
    const pages = Object.fromEntries(Object.entries(types).map(([name, [text]]) => [`_/${name}`, text]))
    const user = await withSite(t, pages)
    for (const [name, [, type]] of Object.entries(types)) {
      hasHeader(await visit(t, user.z32, `/${name}`), 'content-type', type)
    }
  }),
  item(235, 'storage on the same host', async (t) => {
    const user = await withSite(t)
    await user.store('/pub/data.txt', 'data')
    for (const host of [user.z32, `_pubky.${user.z32}`]) {
      const answer = await visit(t, host, '/pub/data.txt')
      is(answer, 200, 'data')
      assert.ok(String(answer.headers.vary).startsWith('pubky-host'))
    }
  }),
  item(236, 'the host of the server', async (t) => is(await visit(t, t.pubky, '/'), 200, 'Pubky Homeserver')),
  item(237, 'credentials and pubky-host change nothing', async (t) => {
    const [user, other] = [await withSite(t), await t.newUser()]
    const headers = { ...user.headers, 'pubky-host': other.z32 }
    const answer = await visit(t, user.z32, '/', { headers })
    is(answer, 200, '<p>home</p>')
    hasHeader(answer, 'set-cookie', undefined)
  }),
  item(
    238,
    'nobody and the disabled',
    async (t) => {
      is(await visit(t, stranger(), '/'), 404, 'Not Found')
      const user = await withSite(t)
      is(await t.sendAdmin(`/users/${user.z32}/disable`, { method: 'POST' }), 200)
      is(await visit(t, user.z32, '/'), 403, 'User is disabled')
    },
    { needs: ['admin'] },
  ),
  item(
    239,
    'websites switched off',
    async (t) => {
      const user = await withSite(t)
      is(await visit(t, user.z32, '/'), 200, 'Pubky Homeserver')
    },
    { config: { drive: { websites: false } } },
  ),
  item(
    240,
    'limits see the file behind the page',
    async (t) => {
      const user = await withSite(t)
      const samples = async () => (t.metrics === undefined ? '' : samplesOf((await send(t.metrics, '/metrics')).text))
      const before = await samples()
      is(await visit(t, user.z32, '/'), 200)
      is(await visit(t, user.z32, '/index.html'), 429)
      assert.equal(await samples(), before)
    },
    {
      config: {
        drive: {
          rate_limits: [{ path: '/pub/website/_/index.html', method: 'GET', quota: '1r/m', key: 'user' }],
        },
      },
    },
  ),
  item(241, 'hosts', async (t) => {
    const user = await withSite(t, { '_/index.html': 'root', 'my-blog/index.html': 'mine' })
    is(await visit(t, `My-Blog.${user.z32.toUpperCase()}.:6287`, '/'), 200, 'mine')
    is(await visit(t, `${user.z32}:6287`, '/'), 200, 'root')
    const none = ['_pubky.', '_.', 'a.b.', '-a.', 'pubky', 'x@'].map((prefix) => `${prefix}${user.z32}`)
    for (const host of [...none, `blog.${t.pubky}`, 'example.com']) {
      is(await visit(t, host, '/'), 200, 'Pubky Homeserver')
    }
  }),
  item(242, 'paths', async (t) => {
    const user = await withSite(t, {
      'blog/b%20c.html': 'spaced',
      'blog/evil.com': 'evil',
      'blog/signup-page/index.html': 'signup',
    })
    const blog = (path: string) => visit(t, `blog.${user.z32}`, path, { headers: { origin: 'https://app.example' } })
    is(await blog('/a/%2e%2e/b%20c.html'), 200, 'spaced')
    is(await blog('//evil.com'), 200, 'evil')
    is(await blog('/signup-page/'), 200, 'signup')
    const refusals: [string, string][] = [
      ['/a/%2e%2e%2F..%2Fpriv', 'Invalid website path: path traverses above root'],
      ['/%5Cevil.com', 'Invalid website path: path must not contain a backslash'],
      ['/%FF', 'Website path is not valid UTF-8'],
    ]
    for (const [path, text] of refusals) {
      const answer = await blog(path)
      is(answer, 400, text)
      hasHeader(answer, 'access-control-allow-origin', 'https://app.example')
      hasHeader(answer, 'cache-control', undefined)
    }
  }),
  item(243, 'reserved paths stay the API', async (t) => {
    const user = await withSite(t)
    await user.store('/pub/file.txt', 'file')
    const host = `blog.${user.z32}`
    is(await visit(t, host, '/session'), 401)
    is(await visit(t, host, '/pub/file.txt'), 200, 'file')
    is(await visit(t, host, '/events/'), 200)
    is(await visit(t, host, user.at('/pub/file.txt')), 200, 'file')
    is(await visit(t, host, '/info'), 200)
  }),
  item(244, 'PUT is no website request', async (t) => {
    const user = await withSite(t)
    const answer = await visit(t, user.z32, '/index.html', { method: 'PUT', headers: user.headers, body: 'x' })
    is(answer, 403, "Writing to directories other than '/pub/' and '/priv/' is forbidden")
  }),
  item(245, 'an escaped reserved name is a site path', async (t) => {
    const user = await withSite(t, { '_/pub/x': 'site' })
    is(await visit(t, user.z32, '/%70ub/x'), 200, 'site')
  }),
  item(
    246,
    'an HTTP/2 authority names the site',
    async (t) => {
      const { connect } = await import('node:http2')
      const user = await withSite(t)
      const session = connect(t.url)
      try {
        const body = await new Promise<string>((resolve, reject) => {
          session.on('error', reject)
          const stream = session.request({ ':path': '/', ':authority': user.z32 })
          let text = ''
          stream.setEncoding('utf8')
          stream.on('data', (chunk: string) => {
            text += chunk
          })
          stream.on('end', () => resolve(text))
          stream.on('error', reject)
          stream.end()
        })
        assert.equal(body, '<p>home</p>')
      } finally {
        session.destroy()
      }
    },
    { needs: ['http2'] },
  ),
  item(247, 'no redirect to another host', async (t) => {
    const user = await withSite(t, { '_/evil.com/index.html': 'x' })
    const answer = await visit(t, user.z32, '//evil.com')
    is(answer, 301)
    hasHeader(answer, 'location', '/evil.com/')
  }),
]

function samplesOf(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.startsWith('storage_request_count_total'))
    .join('\n')
}
