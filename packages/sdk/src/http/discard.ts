/** Largest rest of an answer that is read to its end so that its connection can be used again. */
const MAX_DRAINED_BYTES = 65_536

/**
 * Lets go of an answer whose body nobody wants. Short ones are read, which costs less than breaking off; of others the
 * transfer is cancelled. Never rejects.
 */
export async function discard(response: Response): Promise<void> {
  if (response.body === null) return
  const { headers } = response
  // What is compressed may be a thousand times as long as it says.
  const length = headers.has('content-encoding') ? null : headers.get('content-length')
  try {
    if (length !== null && Number(length) <= MAX_DRAINED_BYTES) await response.arrayBuffer()
    else await response.body.cancel()
  } catch {
    // The connection is gone, which is as good.
  }
}
