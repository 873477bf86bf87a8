/** How far a transfer is. */
export interface TransferProgress {
  /** Bytes handed to, or taken from, the network. */
  readonly transferred: number
  /** All bytes, when known beforehand. */
  readonly total: number | undefined
}

/** A stream that tells how much of it has passed. */
export function counted(
  stream: ReadableStream<Uint8Array>,
  total: number | undefined,
  onProgress: (progress: TransferProgress) => void,
): ReadableStream<Uint8Array> {
  let transferred = 0
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        transferred += chunk.length
        controller.enqueue(chunk)
        onProgress({ transferred, total })
      },
    }),
  )
}
