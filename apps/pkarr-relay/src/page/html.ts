/** HTML that is safe to send: texts put into it are escaped, pieces of HTML are not. */
export class Html {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

/** A template whose values are escaped unless they are {@link Html} themselves; lists are joined. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  return new Html(parts.reduce((text, part, index) => text + show(values[index - 1] ?? '') + part))
}

function show(value: string | number | Html | readonly Html[]): string {
  if (value instanceof Html) return value.toString()
  if (Array.isArray(value)) return value.join('')
  return String(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
