import type { WireResponse } from './wire.ts'

/** A reader to whom nothing could be sent for this long is gone. */
const STALL_MS = 30_000

/**
 * Resolves when a response can take more, or is closed. A reader that takes nothing at all is cut off; one that is slow is
 * waited for.
 */
export function drained(response: WireResponse): Promise<void> {
  if (response.destroyed || !response.writableNeedDrain) return Promise.resolve()
  return new Promise((resolve) => {
    let sent = bytesSent(response)
    const watch = setInterval(() => {
      const now = bytesSent(response)
      if (now === sent) response.destroy()
      sent = now
    }, STALL_MS)
    const settle = (): void => {
      clearInterval(watch)
      response.off('drain', settle)
      response.off('close', settle)
      resolve()
    }
    response.once('drain', settle)
    response.once('close', settle)
  })
}

/** What has gone out, as far as it can be told: written to the socket minus what still waits there. */
function bytesSent({ socket }: WireResponse): number {
  return socket === null ? 0 : socket.bytesWritten - socket.writableLength
}
