/**
 * Compact JSON with the members of every object sorted by the UTF-8 bytes of their names, as official software writes
 * the `data` of a custom proof (spec 01 §17).
 * @throws TypeError for what JSON cannot hold
 */
export function sortedJson(value: unknown): string {
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw new TypeError('custom proof data must be JSON')
  return write(JSON.parse(text))
}

/** Written by hand because JavaScript objects put names that look like numbers first. */
function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => compareCodePoints(a, b))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(',')}}`
}

/** The order of UTF-8 bytes is that of code points; JavaScript's own compares UTF-16 units. */
function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a, (char) => char.codePointAt(0) ?? 0)
  const right = Array.from(b, (char) => char.codePointAt(0) ?? 0)
  const index = left.findIndex((code, i) => code !== right[i])
  return index < 0 ? left.length - right.length : (left[index] ?? 0) - (right[index] ?? -1)
}
