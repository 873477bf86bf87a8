/**
 * Checks for cases that run in Node and in a page alike, where no test framework is at hand. Each throws an Error that
 * says what was expected.
 */

/** Fails unless `value` is truthy. */
export function ok(value: unknown, what: string): asserts value {
  if (!value) throw new Error(`expected ${what}`)
}

/** Fails unless both are the same by their JSON, bytes and undefined included. */
export function equal(actual: unknown, expected: unknown, what = 'value'): void {
  const [a, b] = [show(actual), show(expected)]
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`)
}

/** Fails unless `text` contains `part` or matches it. */
export function contains(text: string, part: string | RegExp): void {
  const found = typeof part === 'string' ? text.includes(part) : part.test(text)
  if (!found) throw new Error(`expected ${JSON.stringify(text)} to contain ${String(part)}`)
}

/** What a failed call of the SDK must look like. */
export interface ExpectedError {
  readonly name?: string | readonly string[]
  readonly message?: string | RegExp
  readonly statusCode?: number
}

/** Fails unless `call` throws, or rejects with, a PubkyError of this kind; gives the error. */
export async function fails(call: () => unknown, expected: ExpectedError = {}): Promise<Error & { data?: unknown }> {
  let result: unknown
  try {
    result = await call()
  } catch (error) {
    ok(error instanceof Error && typeof error.name === 'string' && typeof error.message === 'string', 'a PubkyError')
    const names = [expected.name ?? []].flat()
    if (names.length > 0) ok(names.includes(error.name), `${names.join(' or ')}, got ${error.name}: ${error.message}`)
    if (expected.message !== undefined) contains(error.message, expected.message)
    if (expected.statusCode !== undefined) equal(statusCode(error), expected.statusCode, 'status code')
    return error
  }
  throw new Error(`expected a failure, got ${show(result)}`)
}

/** The numeric `data.statusCode` of an error. */
function statusCode(error: unknown): unknown {
  const data: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'data') : undefined
  return typeof data === 'object' && data !== null ? Reflect.get(data, 'statusCode') : undefined
}

function show(value: unknown): string {
  if (value === undefined) return 'undefined'
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner === undefined) return 'undefined'
    if (!(inner instanceof Uint8Array)) return inner
    return `bytes ${[...inner].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
  })
}
