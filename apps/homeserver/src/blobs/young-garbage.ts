import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes of short-lived buffers after which the young generation is collected. */
const COLLECT_EVERY = 16 * 1_048_576

let collect: NodeJS.GCFunction | undefined
let bytes = 0

/**
 * Counts buffers that are garbage soon, such as chunks on their way. V8 answers memory outside of its heap with
 * collections of the whole heap, dozens a second while files come and go, which cost more than receiving, hashing and
 * sealing them. Collecting just what is young every so often spares nearly all of them.
 */
export function countShortLived(length: number): void {
  bytes += length
  if (bytes < COLLECT_EVERY) return
  bytes = 0
  collect ??= exposedCollector()
  collect({ type: 'minor' })
}

/** The collector that Node only shows to contexts made while it is told to. */
function exposedCollector(): NodeJS.GCFunction {
  setFlagsFromString('--expose-gc')
  const exposed: NodeJS.GCFunction = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return exposed
}
