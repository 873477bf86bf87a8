import { withCookies } from '#cookies'
import { invalidInput, messageOf, requestError } from '../errors/create.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import type { ClientCore } from './client-core.ts'
import { parseKeyHost } from './key-host.ts'
import { failureKind } from './send-failure.ts'
import { anySignal, untilAborted } from './sleep.ts'

/** `fetch` of URLs whose host may be a key (spec 05 §4.7). */
export async function fetchRaw(core: ClientCore, url: string, given?: RequestInit | null): Promise<Response> {
  const init = given ?? {}
  const parsed = parseUrl(url)
  const signal = anySignal(core.signal, init.signal)
  const isKeyHost = parseKeyHost(parsed.hostname) !== undefined
  const { route, tenant } = await untilAborted(core.prepare(parsed, signal), signal).catch((thrown: unknown) => {
    throw fetchFailure(core, thrown)
  })
  const request: RequestInit = { ...init }
  if (signal !== undefined) request.signal = signal
  if (tenant !== undefined) {
    request.headers = init.headers instanceof Headers ? init.headers : new Headers(init.headers)
    request.headers.set('pubky-host', tenant)
  }
  if (isKeyHost) {
    request.credentials ??= 'include'
    const cookies = request.credentials === 'include' ? core.cookiesOf(route) : undefined
    if (cookies !== undefined && cookies.size > 0) {
      request.headers = new Headers(request.headers)
      const cookie = withCookies(request.headers.get('cookie') ?? undefined, cookies)
      if (cookie !== undefined) request.headers.set('cookie', cookie)
    }
  }
  try {
    const response = await route.fetch(route.url, request)
    if (isKeyHost && request.credentials === 'include') core.keepCookies(route, response)
    return response
  } catch (thrown) {
    throw fetchFailure(core, thrown)
  }
}

/** As the official SDK has it, that the caller's own `init.signal` aborted is a `RequestError` too. */
function fetchFailure(core: ClientCore, thrown: unknown): unknown {
  if (thrown instanceof PubkyError || (core.signal?.aborted && thrown === core.signal.reason)) return thrown
  return requestError(String(thrown), { kind: failureKind(thrown) }, thrown)
}

function parseUrl(url: string): URL {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch (cause) {
    throw invalidInput(`Failed to parse URL: ${messageOf(cause)}`, cause)
  }
  if (parsed.protocol === 'pubky:') {
    throw invalidInput('pubky:// URLs are not supported; resolve them before transport')
  }
  return parsed
}
