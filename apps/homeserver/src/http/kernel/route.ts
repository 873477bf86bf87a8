/** Routes as values: what they match, what they do and what they promise, so that the API description comes from them. */
import type { AnswerPolicy, Exchange } from './exchange.ts'

/** What a method on a path does. */
export interface Operation<X extends Exchange = Exchange> {
  /** One line for the API description. */
  readonly summary: string
  /** Who may call it. */
  readonly access?: 'anyone' | 'session' | 'root' | 'signed-token' | 'operator'
  readonly query?: readonly Parameter[]
  readonly headers?: readonly Parameter[]
  /** Media type and meaning of the request body. */
  readonly body?: { readonly type: string; readonly description: string; readonly required?: boolean }
  /** Every status the operation answers with, and when. */
  readonly responses: Readonly<Record<number, string>>
  handle(exchange: X): Promise<void> | void
}

/** A query parameter or request header. */
export interface Parameter {
  readonly name: string
  readonly description: string
  readonly required?: boolean
}

/** All methods of one path. */
export interface Route<X extends Exchange = Exchange> {
  /**
   * Literal path, or one with a parameter: `/a/{x}` and `/a/{x}/b` match one segment that is not empty, `/a/{x...}`
   * whatever follows `/a/`.
   */
  readonly path: string
  /** Value of `Allow` in a 405. */
  readonly allow: string
  readonly operations: Readonly<Record<string, Operation<X>>>
  /** Whether HEAD is answered by GET without a body; default true. */
  readonly headLikeGet?: boolean
  /** Cache rules of every answer of this route, refusals and 405 included. */
  readonly policy?: AnswerPolicy
}

/** A route found, with the raw text its parameter matched. */
export interface Match<X extends Exchange> {
  readonly route: Route<X>
  readonly parameter: string
}

interface Pattern<X extends Exchange> {
  readonly route: Route<X>
  readonly prefix: string
  readonly suffix: string
  readonly takesRest: boolean
}

/** Finds routes by raw path: literals beat parameters, longer patterns beat shorter ones (spec 02 §8). */
export class Router<X extends Exchange> {
  readonly routes: readonly Route<X>[]
  readonly #literals = new Map<string, Match<X>>()
  readonly #patterns: readonly Pattern<X>[]

  constructor(routes: readonly Route<X>[]) {
    this.routes = routes
    const patterns: Pattern<X>[] = []
    for (const route of routes) {
      const brace = route.path.indexOf('{')
      if (brace < 0) this.#literals.set(route.path, { route, parameter: '' })
      else {
        const takesRest = route.path.endsWith('...}')
        const suffix = takesRest ? '' : route.path.slice(route.path.indexOf('}') + 1)
        patterns.push({ route, prefix: route.path.slice(0, brace), suffix, takesRest })
      }
    }
    this.#patterns = patterns.sort((a, b) => lengthOf(b) - lengthOf(a))
  }

  match(path: string): Match<X> | undefined {
    const literal = this.#literals.get(path)
    if (literal !== undefined) return literal
    for (const { route, prefix, suffix, takesRest } of this.#patterns) {
      if (path.length < prefix.length + suffix.length || !path.startsWith(prefix) || !path.endsWith(suffix)) continue
      const parameter = path.slice(prefix.length, path.length - suffix.length)
      if (takesRest || (parameter !== '' && !parameter.includes('/'))) return { route, parameter }
    }
    return undefined
  }
}

function lengthOf({ prefix, suffix }: { readonly prefix: string; readonly suffix: string }): number {
  return prefix.length + suffix.length
}

/** Value of `Allow` in an answer to OPTIONS; upstream's framework names HEAD wherever there is a GET (spec 02 §3). */
export function preflightAllow<X extends Exchange>({ allow, headLikeGet }: Route<X>): string {
  return headLikeGet === false ? allow.replace('GET', 'GET,HEAD') : allow
}

/** The operation for a method, where HEAD may be answered by GET. */
export function operationOf<X extends Exchange>(route: Route<X>, method: string): Operation<X> | undefined {
  if (Object.hasOwn(route.operations, method)) return route.operations[method]
  return method === 'HEAD' && route.headLikeGet !== false ? route.operations.GET : undefined
}
