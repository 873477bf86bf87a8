/** How far a transfer is. */
export interface TransferProgress {
  /** Bytes handed to, or taken from, the network. */
  readonly transferred: number
  /** All bytes, when known beforehand. */
  readonly total: number | undefined
}

/** Tells how much has passed through it. */
export function counter(
  total: number | undefined,
  onProgress: ((progress: TransferProgress) => void) | undefined,
): TransformStream<Uint8Array, Uint8Array> {
  let transferred = 0
  return new TransformStream({
    transform(chunk, controller) {
      transferred += chunk.length
      controller.enqueue(chunk)
      onProgress?.({ transferred, total })
    },
  })
}
