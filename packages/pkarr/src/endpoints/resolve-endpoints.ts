import type { PublicKey } from '@pubky/crypto'
import type { Resolver } from '../client/pkarr-resolver.ts'
import type { ServiceRecord } from '../dns/record.ts'
import { PkarrError } from '../error.ts'
import { type Endpoint, endpointsOf, keyOfTarget, type Random } from './endpoint.ts'

/** Keys from the first name to an endpoint, that one included (upstream: of a whole resolution). */
export const MAX_CHAIN_LENGTH = 7
/** Packets read for one resolution. */
export const MAX_PACKETS = 32

/** Options of an endpoint resolution. */
export interface EndpointOptions {
  /** Default `HTTPS`. */
  readonly type?: ServiceRecord['type']
  readonly signal?: AbortSignal
  readonly random?: Random
}

interface Step {
  readonly endpoint: Endpoint
  /** Keys passed to come here. */
  readonly depth: number
}

/**
 * Finds where a name is served: reads the packet of the key in it, and follows targets that are keys themselves.
 * Endpoints come in the order in which they should be tried. A key that cannot be resolved, a loop or a chain longer
 * than {@link MAX_CHAIN_LENGTH} ends its own branch only (spec 04 §5.2, Better).
 *
 * @param name a public key, or a name that ends in one, such as `_pubky.<key>`
 */
export async function* resolveEndpoints(
  resolver: Resolver,
  name: string,
  options: EndpointOptions = {},
): AsyncGenerator<Endpoint, void> {
  yield* walk(resolver, name, options, () => {})
}

/**
 * The endpoint to try first.
 * @throws {PkarrError} `no-endpoint`; `cause` is the first look-up that failed, if one did
 */
export async function resolveEndpoint(
  resolver: Resolver,
  name: string,
  options: EndpointOptions = {},
): Promise<Endpoint> {
  let cause: unknown
  const failures = (error: PkarrError) => {
    cause ??= error
  }
  for await (const endpoint of walk(resolver, name, options, failures)) return endpoint
  throw new PkarrError('no-endpoint', 'pkarr could not resolve endpoint', cause === undefined ? {} : { cause })
}

async function* walk(
  resolver: Resolver,
  name: string,
  options: EndpointOptions,
  onFailure: (error: PkarrError) => void,
): AsyncGenerator<Endpoint, void> {
  const { type = 'HTTPS', random = Math.random } = options
  const visited = new Set<string>()
  let packets = 0
  const open = async (key: PublicKey, at: string, depth: number): Promise<readonly Step[]> => {
    const place = `${key.z32()} ${at.toLowerCase()}`
    if (depth >= MAX_CHAIN_LENGTH || packets >= MAX_PACKETS || visited.has(place)) return []
    visited.add(place)
    packets += 1
    try {
      const packet = await resolver.resolve(key, { signal: options.signal })
      if (packet === undefined) return []
      return endpointsOf(packet, at, type, random).map((endpoint) => ({ endpoint, depth: depth + 1 }))
    } catch (error) {
      if (!(error instanceof PkarrError)) throw error
      onFailure(error)
      return []
    }
  }
  const first = keyOfTarget(name)
  const stack = first === undefined ? [] : [...(await open(first, name, 0))]
  for (let step = stack.shift(); step !== undefined; step = stack.shift()) {
    const key = keyOfTarget(step.endpoint.target)
    if (key === undefined) yield step.endpoint
    else stack.unshift(...(await open(key, step.endpoint.target, step.depth)))
  }
}
