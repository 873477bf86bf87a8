import { ProtocolError } from './errors.ts'

const MAX_U64 = 2n ** 64n - 1n

/** As much as a relay's message may have. Patterns run out of stack at some millions, and hostile claims take seconds. */
const MAX_LENGTH = 1_048_576

/** One member of a JSON object: its value, and its text as received. */
interface Member {
  readonly value: unknown
  readonly source: string
}

/**
 * A JSON object whose member names are unique at every depth, with the checks that claims need. What JavaScript's own
 * parser forgets, repeated names and how a number was written, is refused here (spec 01 §5.2, Better). Every method
 * throws ProtocolError `json`; no message repeats a value, which may be secret.
 */
export class JsonObject {
  readonly #members: ReadonlyMap<string, Member>

  private constructor(members: ReadonlyMap<string, Member>) {
    this.#members = members
  }

  /** Reads a text that must be one JSON object. */
  static parse(text: string): JsonObject {
    if (text.length > MAX_LENGTH) throw new ProtocolError('json', 'JSON is too long')
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      // The parser's own message would quote the text.
      throw new ProtocolError('json', 'invalid JSON')
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ProtocolError('json', 'expected a JSON object')
    }
    const sources = memberSources(text)
    const values = new Map(Object.entries(value))
    return new JsonObject(new Map([...sources].map(([name, source]) => [name, { value: values.get(name), source }])))
  }

  /** Refuses members that are not in the list. */
  requireOnly(...names: readonly string[]): void {
    for (const name of this.#members.keys()) {
      if (!names.includes(name)) throw new ProtocolError('json', 'unknown member')
    }
  }

  has(name: string): boolean {
    return this.#members.has(name)
  }

  /** The value of a member, which must be there. */
  value(name: string): unknown {
    return this.#member(name).value
  }

  string(name: string): string {
    const { value } = this.#member(name)
    if (typeof value !== 'string') throw new ProtocolError('json', `member \`${name}\` is not a string`)
    return value
  }

  strings(name: string): string[] {
    const { value } = this.#member(name)
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
      throw new ProtocolError('json', `member \`${name}\` is not an array of strings`)
    }
    return value
  }

  /**
   * An unsigned 64-bit JSON integer, written without fraction or exponent. What lies beyond 2^53 − 1 is that number: a time
   * that never comes, as good as any other.
   */
  integer(name: string): number {
    const { source } = this.#member(name)
    if (!/^\d{1,20}$/.test(source) || BigInt(source) > MAX_U64) {
      throw new ProtocolError('json', `member \`${name}\` is not an unsigned integer`)
    }
    return Math.min(Number(source), Number.MAX_SAFE_INTEGER)
  }

  /** A member that is an object itself. */
  object(name: string): JsonObject {
    return JsonObject.parse(this.#member(name).source)
  }

  /** A member that is an array of objects. */
  objects(name: string): JsonObject[] {
    const { value, source } = this.#member(name)
    if (!Array.isArray(value)) throw new ProtocolError('json', `member \`${name}\` is not an array`)
    return elementSources(source).map((element) => JsonObject.parse(element))
  }

  #member(name: string): Member {
    const member = this.#members.get(name)
    if (!member) throw new ProtocolError('json', `missing member \`${name}\``)
    return member
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g

interface Level {
  readonly isObject: boolean
  names: Set<string> | undefined
  name: string | undefined
}

/** Walks JSON known to be valid; `onValue` gets each direct child of the outermost value with its source. */
function walk(text: string, onValue: (source: string, name: string | undefined) => void): void {
  const levels: Level[] = []
  let start = 0
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const level = levels.at(-1)
    const isTop = levels.length === 1
    if (token === '}' || token === ']' || token === ',') {
      if (isTop && index > start) {
        const source = text.slice(start, index).trim()
        if (source !== '') onValue(source, level?.name)
      }
      if (level) level.name = undefined
      if (token !== ',') levels.pop()
      start = isTop ? index + 1 : start
    } else if (token === ':') {
      if (isTop) start = index + 1
    } else if (token === '{' || token === '[') {
      levels.push({ isObject: token === '{', names: undefined, name: undefined })
      if (levels.length === 1) start = index + 1
    } else if (level?.isObject && level.name === undefined) {
      const name: unknown = JSON.parse(token)
      level.names ??= new Set()
      if (typeof name !== 'string' || level.names.has(name)) throw new ProtocolError('json', 'repeated member name')
      level.names.add(name)
      level.name = name
    }
  }
}

function memberSources(text: string): Map<string, string> {
  const sources = new Map<string, string>()
  walk(text, (source, name) => {
    if (name !== undefined) sources.set(name, source)
  })
  return sources
}

function elementSources(text: string): string[] {
  const sources: string[] = []
  walk(text, (source) => sources.push(source))
  return sources
}
