/** Which of two forms a client asks for with `Accept` (RFC 9110 §12.5.1). */

/**
 * Whether `Accept` fields ask for JSON rather than for plain text: it is named, and plain text is not named with the
 * same weight or a higher one. Libraries that name both, and wildcards alone, leave it at the text.
 */
export function prefersJson(fields: readonly string[]): boolean {
  if (fields.length === 0) return false
  let json = 0
  let text = 0
  for (const range of fields.join(',').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    if (type === 'application/json') json = Math.max(json, weightOf(parameters))
    else if (type === 'text/plain' || type === 'text/*') text = Math.max(text, weightOf(parameters))
  }
  return json > text
}

/** The `q` of a media range: 1 without one, 0 for one that is no number. */
function weightOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))
  return weight === undefined ? 1 : Number(/^q\s*=\s*([01](?:\.\d{0,3})?)$/.exec(weight)?.[1] ?? 0)
}
