import { canonicalAddress, type Quota, RateLimiter } from '@pubky/server-kit'
import { compileGlob, type PathMatcher } from './glob.ts'

/** One request-count limit of the configuration (spec 02 §12.1). */
export interface RequestLimit {
  readonly path: string
  /** Upper case. */
  readonly method: string
  readonly quota: Quota
  /**
   * Whom requests are counted for: the address, the user whose storage is addressed, or the user who asks (without a
   * session the address), so that strangers cannot use up what is somebody else's (spec 02 §12.2, Better).
   */
  readonly key: 'ip' | 'user' | 'session'
  readonly burst: number | undefined
  /** Addresses or z32 keys, as `key` says. */
  readonly whitelist: readonly string[]
}

/** What limits look at. */
export interface LimitedRequest {
  readonly method: string
  /** Storage path, page of a website, or raw path (spec 02 §12.2). */
  readonly path: string
  /** Address and bucket key of the client. */
  readonly client: { readonly address: string; readonly key: string } | undefined
  /** The user whose storage is addressed. */
  readonly tenant: string | undefined
  /** The user who asks; undefined before that is known, and for strangers. */
  readonly user: string | undefined
}

/** Why a request may not pass; undefined: it may. */
export type LimitRefusal =
  | { readonly reason: 'limited'; readonly retryAfterSeconds: number }
  | { readonly reason: 'no-user' }
  | { readonly reason: 'no-address' }

interface CompiledLimit {
  readonly limit: RequestLimit
  readonly matches: PathMatcher
  readonly limiter: RateLimiter
  readonly whitelist: ReadonlySet<string>
}

/** All request-count limits, shortest window first (spec 02 §12.2); those by session come when the session is known. */
export class RequestLimits {
  readonly #beforeSession: readonly CompiledLimit[]
  readonly #bySession: readonly CompiledLimit[]

  constructor(limits: readonly RequestLimit[], now?: () => number) {
    const compiled = limits
      .toSorted((a, b) => a.quota.periodSeconds - b.quota.periodSeconds)
      .map((limit) => ({
        limit,
        matches: compileGlob(limit.path),
        limiter: new RateLimiter({ quota: limit.quota, burst: limit.burst, ...(now === undefined ? {} : { now }) }),
        whitelist: new Set(limit.whitelist.map((entry) => canonicalAddress(entry) ?? entry)),
      }))
    this.#beforeSession = compiled.filter(({ limit }) => limit.key !== 'session')
    this.#bySession = compiled.filter(({ limit }) => limit.key === 'session')
  }

  /** Whether there are limits for {@link takeBySession}. */
  get hasSessionLimits(): boolean {
    return this.#bySession.length > 0
  }

  /** Takes one cell of every limit that matches, until one refuses; limits by session are left out. */
  take(request: LimitedRequest): LimitRefusal | undefined {
    return take(this.#beforeSession, request)
  }

  /** The same for the limits by session. */
  takeBySession(request: LimitedRequest): LimitRefusal | undefined {
    return take(this.#bySession, request)
  }
}

function take(limits: readonly CompiledLimit[], request: LimitedRequest): LimitRefusal | undefined {
  for (const { limit, matches, limiter, whitelist } of limits) {
    if (limit.method !== request.method || !matches(request.path)) continue
    const user = limit.key === 'user' ? request.tenant : limit.key === 'session' ? request.user : undefined
    const isByAddress = user === undefined && limit.key !== 'user'
    const name = isByAddress ? request.client?.address : user
    if (name === undefined) return { reason: isByAddress ? 'no-address' : 'no-user' }
    if (whitelist.has(name)) continue
    const decision = limiter.take(isByAddress ? (request.client?.key ?? name) : name)
    if (!decision.allowed) return { reason: 'limited', retryAfterSeconds: decision.retryAfterSeconds }
  }
  return undefined
}
