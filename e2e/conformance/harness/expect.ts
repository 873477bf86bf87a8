import assert from 'node:assert/strict'
import type { Answer } from './http.ts'

/** Fails unless the answer has this status and, if given, exactly this body text. */
export function is(answer: Answer, status: number, text?: string): void {
  const shown = answer.text.length > 300 ? `${answer.text.slice(0, 300)}…` : answer.text
  assert.equal(answer.status, status, `status ${answer.status} instead of ${status}, body: ${shown}`)
  if (text !== undefined) assert.equal(answer.text, text)
}

/** Fails unless the header is exactly this (undefined = absent). */
export function hasHeader(answer: Answer, name: string, value: string | undefined): void {
  assert.equal(answer.headers[name], value, `header ${name}`)
}

/** All values of a header that may be sent in several fields, in wire order (node joins `Vary` fields with `, `). */
export function includesHeader(answer: Answer, name: string, part: string): void {
  const value = String(answer.headers[name] ?? '')
  assert.ok(value.toLowerCase().includes(part.toLowerCase()), `header ${name} is "${value}", without "${part}"`)
}

/** Fails unless the first `Vary` field, which is what clients look at, starts with `value`. */
export function varyStarts(answer: Answer, value: string): void {
  const vary = String(answer.headers.vary ?? '')
  assert.ok(vary.startsWith(value), `Vary starts with "${vary.slice(0, 60)}" instead of "${value}"`)
}

/** The lines of a listing without `pubky://<key>`. */
export function listed(answer: Answer): string[] {
  is(answer, 200)
  if (answer.text === '') return []
  return answer.text.split('\n').map((line) => line.replace(/^pubky:\/\/[a-z0-9]{52}/, ''))
}

/** Runs `check` until it passes, for at most `seconds`; for what becomes true soon after an answer. */
export async function eventually(check: () => Promise<void>, seconds = 5): Promise<void> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    try {
      await check()
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
