import { Counter } from 'prom-client'
import { expect, it } from 'vitest'
import { healthRoutes } from './health.ts'
import { createMetricsRegistry, metricsRoutes } from './metrics.ts'

it('health: alive always, ready when every check passes', async () => {
  const failures: Error[] = []
  const app = healthRoutes({
    database: () => {
      for (const failure of failures) throw failure
    },
    blobs: async () => {},
  })
  expect((await app.request('/healthz')).status).toBe(200)
  const ready = await app.request('/readyz')
  expect([ready.status, await ready.text()]).toEqual([200, 'database: ok\nblobs: ok\n'])
  failures.push(new Error('secret detail'))
  const failed = await app.request('/readyz')
  expect([failed.status, await failed.text()]).toEqual([503, 'database: failed\nblobs: ok\n'])
  expect((await app.request('/healthz')).status).toBe(200)
})

it('metrics: registries are separate and carry their labels', async () => {
  const [first, second] = [createMetricsRegistry({ labels: { scope: 'a' } }), createMetricsRegistry()]
  new Counter({ name: 'things_total', help: 'Things', registers: [first] }).inc(2)
  const response = await metricsRoutes(first).request('/metrics')
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(await response.text()).toContain('things_total{scope="a"} 2')
  expect(await (await metricsRoutes(second).request('/metrics')).text()).not.toContain('things_total')
})

it('metrics: a failing collector is a 500', async () => {
  const registry = createMetricsRegistry()
  new Counter({
    name: 'bad_total',
    help: 'Bad',
    registers: [registry],
    collect() {
      throw new Error('no')
    },
  })
  const response = await metricsRoutes(registry).request('/metrics')
  expect([response.status, await response.text()]).toEqual([500, '# Failed to render metrics: no\n'])
})
