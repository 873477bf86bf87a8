/** Query strings, by the rules of HTML forms: `+` is a space, broken escapes stay, broken UTF-8 is replaced. */

/** All parameters in order; a repeated name appears repeatedly. */
export function parseQuery(query: string): readonly (readonly [name: string, value: string])[] {
  return query === '' ? [] : [...new URLSearchParams(`?${query}`)]
}

/** The last value of a parameter. */
export function lastValue(parameters: readonly (readonly [string, string])[], name: string): string | undefined {
  return parameters.findLast(([candidate]) => candidate === name)?.[1]
}

/** An unsigned 16-bit decimal number; undefined for anything else. */
export function parseU16(text: string): number | undefined {
  const number = /^\+?\d+$/.test(text) ? Number(text) : Number.NaN
  return number <= 65_535 ? number : undefined
}
