import { percentEncode } from '../storage/percent.ts'

/** Kept as they are by form encoding; the official space is `+`, ours `%20`, which every reader understands. */
const ESCAPED_IN_FORM = /[^A-Za-z0-9*\-._]/
/** Kept as they are by `encodeURIComponent`. */
const ESCAPED_IN_COMPONENT = /[^A-Za-z0-9\-_.!~*'()]/

/** A query that is read by two rules: form parameters and callback parameters (spec 01 §5.7). */
export class LinkQuery {
  readonly #form: URLSearchParams
  readonly #raw: readonly (readonly [name: string, value: string])[]

  /** @param raw what follows the `?`, not decoded */
  constructor(raw: string) {
    this.#form = new URLSearchParams(raw)
    this.#raw = raw.split('&').map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
    })
  }

  /** The first value of a form parameter. */
  first(name: string): string | undefined {
    return this.#form.get(name) ?? undefined
  }

  /** All values of a form parameter. */
  all(name: string): string[] {
    return this.#form.getAll(name)
  }

  /** A callback parameter: `+` is a plus; what does not decode stays as it is. */
  callback(name: string): string | undefined {
    const value = this.#raw.find(([raw]) => decodeComponent(raw) === name)?.[1]
    return value === undefined ? undefined : decodeComponent(value)
  }
}

/** Writes form parameters in the order given. */
export function formatForm(pairs: readonly (readonly [name: string, value: string])[]): string {
  return pairs.map(([name, value]) => `${name}=${percentEncode(value, ESCAPED_IN_FORM)}`).join('&')
}

/** Writes the value of a callback parameter. */
export function encodeCallback(value: string): string {
  return percentEncode(value, ESCAPED_IN_COMPONENT)
}

function decodeComponent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
