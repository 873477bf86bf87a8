import { hexEncode } from '../src/index.ts'

/** One row of a vector file; throws when the code disagrees with it. */
export interface VectorCase {
  readonly name: string
  readonly run: () => void | Promise<void>
}

/** All rows of one group of `spec/vectors/primitives.json`. */
export interface VectorGroup {
  readonly name: string
  readonly cases: readonly VectorCase[]
}

export interface VectorResult {
  readonly group: string
  readonly cases: number
  /** One line for each row that disagreed. */
  readonly failures: readonly string[]
}

/** Runs groups with nothing but the language, so that the same rows run in Node and in a page. */
export async function runVectorGroups(groups: readonly VectorGroup[]): Promise<VectorResult[]> {
  const results: VectorResult[] = []
  for (const { name, cases } of groups) {
    const failures: string[] = []
    for (const row of cases) {
      try {
        await row.run()
      } catch (error) {
        failures.push(`${row.name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    results.push({ group: name, cases: cases.length, failures })
  }
  return results
}

/** The line of a report. */
export function describeResult({ group, cases, failures }: VectorResult): string {
  return `vectors ${group}: ${cases - failures.length} of ${cases}`
}

/** Throws unless both are the same value; bytes are compared as hex. */
export function expectEqual(actual: unknown, expected: unknown): void {
  const [a, b] = [show(actual), show(expected)]
  if (a !== b) throw new Error(`got ${a}, expected ${b}`)
}

/** Throws unless `run` throws an Error with exactly this message. */
export function expectFailure(run: () => unknown, message: string): void {
  let result: unknown
  try {
    result = run()
  } catch (error) {
    expectEqual(error instanceof Error ? error.message : error, message)
    return
  }
  throw new Error(`got ${show(result)}, expected the error ${message}`)
}

/** Checks a row that has either a result or the text of an error. */
export function expectOutcome(run: () => unknown, ok: unknown, error: string | undefined): void {
  if (error === undefined) expectEqual(run(), ok)
  else expectFailure(run, error)
}

function show(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (member instanceof Uint8Array) return hexEncode(member)
    return typeof member === 'bigint' ? `${member}` : member
  })
}
