import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { CORS_VARY, type CorsPolicy, corsMirror, varyWithCors } from './cors.ts'

function appWith(policy: CorsPolicy) {
  const app = new Hono()
  app.use(corsMirror(policy, (path) => (path === '/file' ? 'GET,HEAD' : undefined)))
  app.get('/file', (c) => c.text('x', 200, { vary: varyWithCors('pubky-host') }))
  app.get('/error', () => {
    throw new Error('boom')
  })
  app.onError((_, c) => c.text('Internal server error', 500))
  return app
}

const origin = 'https://app.example'

describe('corsMirror', () => {
  const app = appWith({ exposeHeaders: ['retry-after', 'lock-token'] })

  it.each(['/file', '/missing', '/error'])('mirrors the origin on %s', async (path) => {
    const { headers } = await app.request(path, { headers: { origin } })
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(headers.get('access-control-expose-headers')).toBe('retry-after,lock-token')
    expect(headers.get('vary')).toContain(CORS_VARY)
  })

  it("a route's Vary comes first", async () => {
    const { headers } = await app.request('/file')
    expect(headers.get('vary')).toBe(`pubky-host, ${CORS_VARY}`)
  })

  it('without an origin there is none to allow', async () => {
    const { headers } = await app.request('/file')
    expect(headers.has('access-control-allow-origin')).toBe(false)
    expect(headers.get('access-control-allow-credentials')).toBe('true')
  })

  it('answers every OPTIONS with what was asked for', async () => {
    const headers = {
      origin,
      'access-control-request-method': 'LOCK',
      'access-control-request-headers': 'if, x-custom',
    }
    for (const path of ['/file', '/missing']) {
      const response = await app.request(path, { method: 'OPTIONS', headers })
      expect(response.status).toBe(200)
      expect(await response.text()).toBe('')
      expect(response.headers.get('access-control-allow-methods')).toBe('LOCK')
      expect(response.headers.get('access-control-allow-headers')).toBe('if, x-custom')
      expect(response.headers.get('access-control-expose-headers')).toBeNull()
      expect(response.headers.get('content-type')).toBeNull()
      expect(response.headers.get('allow')).toBe(path === '/file' ? 'GET,HEAD' : null)
    }
  })

  it('a list of origins lets only those in', async () => {
    const listed = appWith({ origins: [origin], maxAgeSeconds: 60, credentials: false })
    const inside = await listed.request('/file', { method: 'OPTIONS', headers: { origin } })
    expect(inside.headers.get('access-control-allow-origin')).toBe(origin)
    expect(inside.headers.get('access-control-max-age')).toBe('60')
    expect(inside.headers.has('access-control-allow-credentials')).toBe(false)
    const outside = await listed.request('/file', { headers: { origin: 'https://evil.example' } })
    expect(outside.headers.has('access-control-allow-origin')).toBe(false)
  })
})
