import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A browser of another make with one tab; disposing it ends the browser and removes its profile. */
export interface Engine extends AsyncDisposable {
  /** Goes to a page and waits until it is loaded. */
  open(url: string): Promise<void>
  /** Evaluates an expression in the page, and waits for its promise. The result goes through JSON. */
  evaluate(expression: string): Promise<unknown>
}

/** A function body that answers `done` with the JSON of what `expression` gives, or with its error. */
export function answering(expression: string): string {
  return `Promise.resolve(${expression}).then(
    (value) => done(JSON.stringify({ value })),
    (error) => done(JSON.stringify({ error: String(error) })),
  )`
}

/** What {@link answering} has answered. Throws what was thrown in the page. */
export function answerOf(text: unknown): unknown {
  const { value, error }: { value?: unknown; error?: string } = JSON.parse(String(text))
  if (error !== undefined) throw new Error(error)
  return value
}

/** Ends a process and waits until it has ended. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

/** What the lines of a stream of a process say, as soon as one does. Throws when it ends without. */
export async function said(stream: AsyncIterable<unknown> | null, pattern: RegExp): Promise<string> {
  let text = ''
  for await (const chunk of stream ?? []) {
    text += String(chunk)
    const [, found] = pattern.exec(text) ?? []
    if (found !== undefined) return found
  }
  throw new Error(`a browser did not start: ${text}`)
}
