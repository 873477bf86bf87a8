import { createTimestampSource, type Timestamp } from '@pubky/protocol'

/** Whole seconds since the Unix epoch. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

let source: (() => Timestamp) | undefined

/** Microseconds since the Unix epoch, never the same twice in this process: a repeated AuthToken counts as a replay. */
export function nextTimestamp(): Timestamp {
  source ??= createTimestampSource(Date.now, crypto.getRandomValues(new Uint8Array(1))[0] ?? 0)
  return source()
}
