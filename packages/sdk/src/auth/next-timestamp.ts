import { createTimestampSource, type Timestamp } from '@pubky/protocol'

let source: (() => Timestamp) | undefined

/** Microseconds since the Unix epoch, never the same twice in this process: a repeated AuthToken counts as a replay. */
export function nextTimestamp(): Timestamp {
  source ??= createTimestampSource(Date.now, crypto.getRandomValues(new Uint8Array(1))[0] ?? 0)
  return source()
}
