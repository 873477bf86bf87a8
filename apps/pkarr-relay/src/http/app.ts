import { type PublicKey, utf8Encode } from '@pubky/crypto'
import {
  checkPublishable,
  type PkarrClient,
  packetFromPayload,
  parseHttpDate,
  type SignedPacket,
  wallMicroseconds,
} from '@pubky/pkarr'
import { type Logger, redactTarget } from '@pubky/server-kit'
import { type Context, Hono } from 'hono'
import type { RelayMetrics } from '../metrics.ts'
import type { StatusPage } from '../page/status-page.ts'
import { notMostRecent, publishRefusal } from './failures.ts'
import { KeySegments } from './key-segment.ts'
import type { Limits } from './limits.ts'
import type { Lookups } from './lookups.ts'
import { PacketAnswers } from './packet-answer.ts'
import { policyOf } from './policy.ts'
import { readBody } from './read-body.ts'
import { Refusal } from './refusal.ts'
import { preflightReply, type RelayEnv, reply, textReply } from './reply.ts'

/** What the routes work with. */
export interface AppComponents {
  readonly client: PkarrClient
  readonly lookups: Lookups
  readonly metrics: RelayMetrics
  readonly page: StatusPage
  /** Without, nothing is limited. */
  readonly limits: Limits | undefined
  readonly log: Logger
}

/** How the routes answer where an operator has a choice. */
export interface AppInit {
  /** Whether `If-Match` and `If-Unmodified-Since` of a PUT count (spec 04 §2.2, Better). */
  readonly honourPreconditions: boolean
  /** Whether a failed look-up says when an expired packet is there (spec 04 §2.3, Better). */
  readonly staleHint: boolean
  /** Answer for keys nobody knows: `unavailable` is 503, which official test suites expect of a testnet (spec 06 §11.3). */
  readonly unknownKeys: 'not-found' | 'unavailable'
}

const KEY_METHODS = 'GET,HEAD,PUT'
const PAGE_METHODS = 'GET,HEAD'

/** The routes of a relay, spec 04 §2. */
export function createApp(components: AppComponents, init: AppInit): Hono<RelayEnv> {
  const { client, limits, lookups, metrics, page, log } = components
  const keys = new KeySegments()
  const answers = new PacketAnswers(client)
  const app = new Hono<RelayEnv>({ getPath: (request) => pathOf(request.url) })

  app.use(async (c, next) => {
    if (c.req.method === 'OPTIONS') return preflightReply(c, allowedMethods(c.req.path))
    if (limits !== undefined) {
      const sender = limits.clientOf(c.env.incoming)
      const decision = limits.takeRequest(sender)
      c.set('client', sender)
      c.set('decision', decision)
      if (!decision.allowed) return tooManyRequests(c, decision.retryAfterSeconds)
    }
    return next()
  })

  app.get('/', async (c) => {
    const text = c.req.query('key')
    const lookUp = (key: PublicKey) => {
      const cached = client.cached(key)
      if (cached !== undefined && client.isFresh(cached)) return Promise.resolve(cached)
      takeDhtRequest(c)
      return lookups.resolve(key, 'CacheFirst')
    }
    const { status, headers, html } = await page.render(text, lookUp)
    const body = utf8Encode(html)
    return reply(c, status, { ...headers, 'content-length': String(body.length) }, body)
  })

  app.get('/:key', async (c) => {
    const key = keys.parse(c.req.path.slice(1))
    const policy = policyOf(queryOf(c.req.url), c.req.header('cache-control'))
    const cached = policy === 'NetworkOnly' ? undefined : client.cached(key)
    if (cached !== undefined && (policy === 'CacheOnly' || client.isFresh(cached))) {
      metrics.lookup('cache')
      return answers.reply(c, cached)
    }
    if (policy === 'CacheOnly') {
      metrics.lookup('not_found')
      return reply(c, 404)
    }
    const packet = await lookUp(c, key, policy)
    if (packet !== undefined) {
      metrics.lookup('network')
      return answers.reply(c, packet)
    }
    metrics.lookup('not_found')
    if (init.unknownKeys === 'unavailable') throw new Refusal(503, 'No queried DHT nodes responded')
    return reply(c, 404)
  })

  app.put('/:key', async (c) => {
    const key = keys.parse(c.req.path.slice(1))
    const packet = await packetOf(c, key)
    const cached = client.cached(key)
    if (cached?.isMoreRecentThan(packet)) {
      metrics.publish('not_most_recent')
      throw notMostRecent()
    }
    takeDhtRequest(c, () => metrics.publish('limited'))
    const expectPrevious = init.honourPreconditions ? await previousOf(c, key, cached) : undefined
    try {
      const { storedNodes } = await client.publish(packet, { expectPrevious })
      metrics.publish('stored', storedNodes)
      return reply(c, 204, { 'pkarr-dht-stored-nodes': String(storedNodes) }, null)
    } catch (error) {
      const refusal = publishRefusal(error)
      const isConflict = refusal instanceof Refusal && refusal.status === 409
      metrics.publish(isConflict ? 'not_most_recent' : 'failed')
      throw isConflict && expectPrevious !== undefined ? preconditionFailed() : refusal
    }
  })

  app.all('/', (c) => reply(c, 405, { allow: PAGE_METHODS }))
  app.all('/:key', (c) => reply(c, 405, { allow: KEY_METHODS }))
  app.notFound((c) => reply(c, 404))
  app.onError((error, c) => {
    if (error instanceof Refusal) return textReply(c, error.status, error.message, error.headers)
    log.error({ err: error, target: redactTarget(c.req.path) }, 'A request failed')
    return reply(c, 500)
  })
  return app

  async function lookUp(c: Context<RelayEnv>, key: PublicKey, policy: 'CacheFirst' | 'NetworkOnly') {
    takeDhtRequest(c, () => metrics.lookup('limited'))
    try {
      return await lookups.resolve(key, policy)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      metrics.lookup(error.status === 404 ? 'invalid' : 'failed')
      const hasStale = init.staleHint && error.status === 503 && client.cached(key) !== undefined
      throw hasStale ? new Refusal(503, error.message, { ...error.headers, 'pkarr-stale': '1' }) : error
    }
  }

  async function packetOf(c: Context<RelayEnv>, key: PublicKey): Promise<SignedPacket> {
    const body = await readBody(c.req.raw)
    try {
      const packet = packetFromPayload(key, body)
      checkPublishable(packet, wallMicroseconds())
      return packet
    } catch (error) {
      metrics.publish('invalid')
      throw publishRefusal(error)
    }
  }

  /** The timestamp a PUT is based on, if it says so in a form that counts. */
  async function previousOf(c: Context<RelayEnv>, key: PublicKey, cached: SignedPacket | undefined) {
    const match = c.req.header('if-match')
    if (match !== undefined && /^\d{1,18}$/.test(match)) return BigInt(match)
    const since = parseHttpDate(c.req.header('if-unmodified-since') ?? '')
    if (since === undefined) return undefined
    const known = cached ?? (await lookups.resolve(key, 'NetworkOnly'))
    // HTTP dates have whole seconds: a packet from within that second is not newer.
    if (known !== undefined && known.timestamp >= since + 1_000_000n) throw preconditionFailed()
    return known?.timestamp
  }

  function takeDhtRequest(c: Context<RelayEnv>, onRefusal = () => {}): void {
    const sender = c.get('client')
    if (limits === undefined || sender === undefined) return
    try {
      limits.takeDhtRequest(sender)
    } catch (error) {
      onRefusal()
      throw error
    }
  }
}

function preconditionFailed(): Refusal {
  return new Refusal(412, 'precondition failed')
}

/** The one text without a content type: so does the official limiter. */
function tooManyRequests(c: Context<RelayEnv>, seconds: number): Response {
  const wait = String(seconds)
  const body = utf8Encode(`Too Many Requests! Wait for ${wait}s`)
  const headers = { 'x-ratelimit-after': wait, 'retry-after': wait, 'content-length': String(body.length) }
  return reply(c, 429, headers, body)
}

/** The path as it was sent, undecoded; empty segments at the start count as none, because official clients send them. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const query = url.indexOf('?', start)
  return url.slice(start, query < 0 ? url.length : query).replace(/^\/+/, '/')
}

function queryOf(url: string): string {
  const at = url.indexOf('?')
  return at < 0 ? '' : url.slice(at + 1)
}

function allowedMethods(path: string): string | undefined {
  if (path === '/') return PAGE_METHODS
  return path.includes('/', 1) ? undefined : KEY_METHODS
}
