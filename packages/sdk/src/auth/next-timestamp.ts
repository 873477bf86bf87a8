import { createTimestampSource, type Timestamp } from '@pubky/protocol'

/** Microseconds that timestamps may be ahead of the clock; homeservers take three minutes. */
const MAX_AHEAD = 60_000_000n

let source: (() => Timestamp) | undefined

/** Microseconds since the Unix epoch, never the same twice in this process: a repeated AuthToken counts as a replay. */
export function nextTimestamp(): Timestamp {
  source ??= newSource()
  const next = source()
  if (next <= BigInt(Date.now()) * 1000n + MAX_AHEAD) return next
  // The clock was set back: its new times are as unused as those that would follow the old ones.
  source = newSource()
  return source()
}

function newSource(): () => Timestamp {
  return createTimestampSource(Date.now, crypto.getRandomValues(new Uint8Array(1))[0] ?? 0)
}
