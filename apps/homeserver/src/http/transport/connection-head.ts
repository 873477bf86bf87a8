import type { Duplex } from 'node:stream'

/** What to do with the first bytes of a connection: wait for more, or go on with what is behind the first `consumed`. */
export type HeadVerdict = 'more' | 'refuse' | { readonly consumed: number }

/**
 * Reads the start of a fresh connection until `judge` has seen enough, then leaves the rest on the connection for
 * whoever takes it next. A connection that is refused, ends, or takes longer than `timeoutMs` is destroyed.
 *
 * @param done called at most once, with the connection paused and nothing listening on it
 */
export function readHead(
  connection: Duplex,
  timeoutMs: number,
  judge: (bytes: Buffer) => HeadVerdict,
  done: () => void,
): void {
  let seen: Buffer = Buffer.alloc(0)
  const finish = (): void => {
    clearTimeout(timer)
    connection.off('data', onData)
    connection.off('end', refuse)
    connection.off('close', finish)
    connection.off('error', refuse)
  }
  const refuse = (): void => {
    finish()
    // An error may still come from the dying connection.
    connection.on('error', () => {})
    connection.destroy()
  }
  const onData = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
    const verdict = judge(seen)
    if (verdict === 'more') return
    if (verdict === 'refuse') {
      refuse()
      return
    }
    finish()
    connection.pause()
    const rest = seen.subarray(verdict.consumed)
    if (rest.length > 0) connection.unshift(rest)
    done()
  }
  const timer = setTimeout(refuse, timeoutMs)
  connection.on('data', onData)
  connection.once('end', refuse)
  connection.once('close', finish)
  connection.once('error', refuse)
  // Whoever looked at the connection before has left it paused.
  connection.resume()
}
