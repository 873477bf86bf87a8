import type { Duplex } from 'node:stream'

/** How long a refused peer may take to read its alert, in ms. */
const LINGER = 1000

/**
 * Ends a raw stream so that what was written last arrives: input is thrown away until the peer closes or a second has
 * passed. Closing at once with unread input would make TCP drop the alert.
 */
export function closeGently(raw: Duplex): void {
  if (raw.destroyed) return
  const timer = setTimeout(() => raw.destroy(), LINGER).unref()
  raw.once('close', () => clearTimeout(timer))
  raw.on('error', () => raw.destroy())
  if (raw.readableEnded) raw.once('finish', () => raw.destroy())
  else raw.once('end', () => raw.destroy())
  raw.end()
  raw.resume()
}
