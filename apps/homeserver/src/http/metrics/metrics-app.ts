/** `GET /metrics` and the probes, on their own socket without a password (spec 03 §4). */
import { READINESS_TIMEOUT_MS, type ReadinessCheck } from '@pubky/server-kit'
import { Exchange } from '../kernel/exchange.ts'
import { operationOf, type Route, Router } from '../kernel/route.ts'
import type { WaitingReaders } from '../kernel/waiting-readers.ts'
import { cutOff, type WireRequest, type WireResponse } from '../kernel/wire.ts'
import type { ServerMetrics } from './server-metrics.ts'

const NO_STORE = ['cache-control', 'no-store']

/** Answers scrapers and probes. */
export class MetricsApp {
  readonly #router: Router<Exchange>
  readonly #readers: WaitingReaders

  /** @param checks what must work before the server is ready */
  constructor(metrics: ServerMetrics, readers: WaitingReaders, checks: Readonly<Record<string, ReadinessCheck>>) {
    this.#readers = readers
    this.#router = new Router([metricsRoute(metrics), healthRoute, readinessRoute(checks)])
  }

  /** Answers one request; never throws. */
  handle(request: WireRequest, response: WireResponse): void {
    const exchange = new Exchange(request, response, undefined, this.#readers)
    void this.#serve(exchange).catch(() => {
      if (exchange.isAnswered) cutOff(exchange.response)
      else exchange.text(500, '# Failed to render metrics\n')
    })
  }

  async #serve(exchange: Exchange): Promise<void> {
    const match = this.#router.match(exchange.path)
    if (match === undefined) {
      exchange.empty(404)
      return
    }
    const operation = operationOf(match.route, exchange.method)
    if (operation === undefined) exchange.empty(405, ['allow', match.route.allow])
    else await operation.handle(exchange)
  }
}

function metricsRoute(metrics: ServerMetrics): Route {
  return {
    path: '/metrics',
    allow: 'GET,HEAD',
    operations: {
      GET: {
        summary: 'Everything the server counts, in Prometheus text format',
        responses: { 200: 'Text', 500: 'A collector failed' },
        async handle(exchange) {
          const text = await metrics.registry.metrics()
          exchange.send(200, ['content-type', 'text/plain; version=0.0.4; charset=utf-8'], text)
        },
      },
    },
  }
}

const healthRoute: Route = {
  path: '/healthz',
  allow: 'GET,HEAD',
  operations: {
    GET: {
      summary: 'Whether the process answers',
      responses: { 200: '`ok`' },
      handle: (exchange) => exchange.text(200, 'ok', NO_STORE),
    },
  },
}

function readinessRoute(checks: Readonly<Record<string, ReadinessCheck>>): Route {
  return {
    path: '/readyz',
    allow: 'GET,HEAD',
    operations: {
      GET: {
        summary: 'Whether everything the server needs works',
        responses: { 200: 'One line for each check', 503: 'A check failed' },
        async handle(exchange) {
          const results = await Promise.all(Object.entries(checks).map(([name, check]) => runCheck(name, check)))
          const text = results.map(({ name, isReady }) => `${name}: ${isReady ? 'ok' : 'failed'}\n`).join('')
          exchange.text(results.every(({ isReady }) => isReady) ? 200 : 503, text, NO_STORE)
        },
      },
    },
  }
}

async function runCheck(name: string, check: ReadinessCheck): Promise<{ name: string; isReady: boolean }> {
  const signal = AbortSignal.timeout(READINESS_TIMEOUT_MS)
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    await Promise.race([(async () => check(signal))(), late])
    return { name, isReady: true }
  } catch {
    return { name, isReady: false }
  }
}
