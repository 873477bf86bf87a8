import { utf8Length } from './bytes.ts'

/** Characters of a key's z-base-32 text. */
const KEY_LENGTH = 52
const DISPLAY_PREFIX = 'pubky'

/** Whether a text has the display form `pubky` + 52 bytes (spec 01 §1.2, `prefixed`). */
export function hasDisplayPrefix(text: string): boolean {
  return text.startsWith(DISPLAY_PREFIX) && utf8Length(text) === DISPLAY_PREFIX.length + KEY_LENGTH
}

/** `<z32>` of `pubky<z32>`; every other text unchanged. */
export function withoutDisplayPrefix(text: string): string {
  return hasDisplayPrefix(text) ? text.slice(DISPLAY_PREFIX.length) : text
}

/**
 * What remains of an address when everything around a key has been cut away (spec 01 §1.2, P0 steps 1–8). Each step
 * runs only while the rest is longer than a key; the result is not yet known to be one.
 */
export function keyTextOfAddress(address: string): string {
  let rest = address
  for (const step of STEPS) {
    if (utf8Length(rest) <= KEY_LENGTH) break
    rest = step(rest)
  }
  return rest
}

const STEPS: readonly ((text: string) => string)[] = [
  (text) => after(text, text.indexOf(':')),
  (text) => (text.startsWith('//') ? text.slice(2) : text),
  (text) => after(text, text.indexOf('@')),
  (text) => before(text, ':'),
  (text) => before(text, '/'),
  (text) => before(text, '?'),
  (text) => before(text, '#'),
  (text) => {
    const trimmed = text.endsWith('.') ? withoutOuterDots(text) : text
    return after(trimmed, trimmed.lastIndexOf('.'))
  },
]

function after(text: string, index: number): string {
  return index < 0 ? text : text.slice(index + 1)
}

function before(text: string, mark: string): string {
  const index = text.indexOf(mark)
  return index < 0 ? text : text.slice(0, index)
}

function withoutOuterDots(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text[start] === '.') start++
  while (end > start && text[end - 1] === '.') end--
  return text.slice(start, end)
}
