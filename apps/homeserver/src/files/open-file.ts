import type { OpenBody } from '../blobs/bodies.ts'
import { HomeserverError } from '../error.ts'
import { release } from '../release.ts'
import type { EntryRecord } from '../store/store.ts'

/** A file opened for reading: one version, whatever happens to the path meanwhile. */
export interface OpenFile {
  readonly entry: EntryRecord
  /** The whole body, when it was small enough to be at hand. */
  readonly bytes: Uint8Array | undefined
  /**
   * The body, or the bytes from `start` to `end` (exclusive), in chunks of up to 256 KiB, each verified before it is
   * yielded. Closes the file at its end, on `return()` and on abort.
   * @throws HomeserverError `body-corrupt` (nothing of the bad chunk is yielded)
   */
  stream(signal: AbortSignal, start?: number, end?: number): AsyncIterable<Uint8Array>
  /** Closes without reading. Not needed after {@link stream}. */
  close(): Promise<void>
}

/** A file whose body is at hand. */
export function inMemory(entry: EntryRecord, bytes: Uint8Array): OpenFile {
  return {
    entry,
    bytes,
    async *stream(_signal, start = 0, end = bytes.length) {
      if (start < end) yield bytes.subarray(start, end)
    },
    close: async () => {},
  }
}

/** A file whose body is read as it is asked for. @param onFailure is told why reading broke off */
export function onDisk(entry: EntryRecord, body: OpenBody, onFailure: (error: unknown) => void): OpenFile {
  return {
    entry,
    bytes: undefined,
    async *stream(signal, start = 0, end = entry.contentLength) {
      try {
        yield* body.stream(signal, start, end)
      } catch (error) {
        onFailure(error)
        throw error
      }
    },
    close: () => body.close(),
  }
}

/** Reads an open body to its end; what is cut off by `signal` throws. */
export async function readWhole(body: OpenBody, length: number, signal: AbortSignal): Promise<Buffer> {
  const whole = Buffer.allocUnsafeSlow(length)
  let filled = 0
  for await (const part of body.stream(signal, 0, length)) {
    whole.set(part, filled)
    filled += part.length
    release(part)
  }
  if (filled < length) throw new HomeserverError('closed', 'the reader went away')
  return whole
}
