import { internalError, messageOf } from '../errors/create.ts'

/** The JSON text of a value. Throws `InternalError` for what JSON cannot say (`undefined`, cycles, BigInt). */
export function jsonText(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw internalError(`JSON serialization failed: ${messageOf(cause)}`, cause)
  }
  if (text === undefined) throw internalError('JSON serialization failed: the value has no JSON form')
  return text
}
