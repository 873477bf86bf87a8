import { ServerResponse } from 'node:http'
import type { WireResponse } from './wire.ts'

/** A reader who takes nothing for this long is gone. */
const STALL_MS = 60_000

/** Resolves when a response can take more, or is closed. */
export function drained(response: WireResponse): Promise<void> {
  if (response.destroyed || !response.writableNeedDrain) return Promise.resolve()
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle)
      response.off('close', settle)
      resolve()
    }
    response.once('drain', settle)
    response.once('close', settle)
  })
}

/**
 * Cuts the connection when its reader stops taking an answer that is on its way; one that is slow is waited for. HTTP/2
 * sessions have such a limit as a whole.
 */
export function cutIfStalled(response: WireResponse): void {
  if (response instanceof ServerResponse) response.setTimeout(STALL_MS)
}
