import { invalidInput } from './errors/create.ts'

/** A text that plain JavaScript may have got wrong. Throws `InvalidInput` for what is none. */
export function checkedText(text: string): string {
  if (typeof text !== 'string') throw invalidInput(`expected a string, got ${typeof text}`)
  return text
}
