import { Hono } from 'hono'

/** One thing that must work before a server is ready, such as its database; rejects or throws when it does not. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<void> | void

/** How long one readiness check may take. */
export const READINESS_TIMEOUT_MS = 2_000

/**
 * Routes for probes (spec 03 §4): `GET /healthz` is 200 `ok` while the process runs; `GET /readyz` is 200 when each
 * check passes, else 503, with one `name: ok|failed` line per check and no details.
 */
export function healthRoutes(checks: Readonly<Record<string, ReadinessCheck>>): Hono {
  const app = new Hono()
  app.get('/healthz', (c) => c.text('ok', 200, { 'cache-control': 'no-store' }))
  app.get('/readyz', async (c) => {
    const signal = AbortSignal.timeout(READINESS_TIMEOUT_MS)
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => ({ name, isReady: await passes(check, signal) })),
    )
    const lines = results.map(({ name, isReady }) => `${name}: ${isReady ? 'ok' : 'failed'}\n`)
    const status = results.every(({ isReady }) => isReady) ? 200 : 503
    return c.text(lines.join(''), status, { 'cache-control': 'no-store' })
  })
  return app
}

async function passes(check: ReadinessCheck, signal: AbortSignal): Promise<boolean> {
  const timeout = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    await Promise.race([(async () => check(signal))(), timeout])
    return true
  } catch {
    return false
  }
}
