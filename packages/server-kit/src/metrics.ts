import { Hono } from 'hono'
import { collectDefaultMetrics, Registry } from 'prom-client'

/**
 * Makes a registry of its own (never the global one of prom-client, so that several servers fit into one process).
 *
 * @param init.labels labels of every sample
 * @param init.includeProcess also measure CPU, memory, file descriptors, garbage collection and event-loop lag
 */
export function createMetricsRegistry(
  init: { readonly labels?: Readonly<Record<string, string>>; readonly includeProcess?: boolean } = {},
): Registry {
  const registry = new Registry()
  if (init.labels !== undefined) registry.setDefaultLabels(init.labels)
  if (init.includeProcess === true) collectDefaultMetrics({ register: registry })
  return registry
}

/** `GET /metrics`: 200 with the registry in Prometheus text format; a failing collector is a 500 (spec 03 §4). */
export function metricsRoutes(registry: Registry): Hono {
  const app = new Hono()
  app.get('/metrics', async (c) => {
    try {
      const text = await registry.metrics()
      return c.body(text, 200, { 'content-type': 'text/plain; charset=utf-8' })
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown error'
      return c.text(`# Failed to render metrics: ${reason}\n`, 500)
    }
  })
  return app
}
