import type { BlobReader } from './blobs.ts'
import type { OpenBody } from './bodies.ts'
import { chunkCount, chunkOffset, TAG_BYTES } from './sealed-format.ts'
import type { Opener } from './sealing.ts'

/** Plaintext bytes read from the back end at a time. */
const PIECE_BYTES = 262_144

/** A sealed blob: reads whole chunks, one piece ahead, and yields only what verified. */
export class SealedBlob implements OpenBody {
  readonly #reader: BlobReader
  readonly #opener: Opener
  readonly #length: number

  constructor(reader: BlobReader, opener: Opener, length: number) {
    this.#reader = reader
    this.#opener = opener
    this.#length = length
  }

  async *stream(signal: AbortSignal, start: number, end: number): AsyncGenerator<Uint8Array> {
    const { chunkBytes } = this.#opener.header
    const chunks = chunkCount(this.#length, chunkBytes)
    const behind = end <= start ? 0 : Math.floor((end - 1) / chunkBytes) + 1
    const perPiece = Math.max(1, Math.floor(PIECE_BYTES / chunkBytes))
    const read = (first: number) => {
      const last = Math.min(first + perPiece, behind)
      const from = chunkOffset(first, chunkBytes)
      const to = last === chunks ? this.#reader.size : chunkOffset(last, chunkBytes)
      return this.#reader.read(from, to - from)
    }
    const pieces = readAhead(Math.floor(start / chunkBytes), behind, perPiece, read)
    try {
      for await (const { first, bytes } of pieces) {
        const last = Math.min(first + perPiece, behind)
        for (let index = first; index < last; index += 1) {
          if (signal.aborted) return
          const offset = (index - first) * (chunkBytes + TAG_BYTES)
          const sealed = bytes.subarray(offset, offset + chunkBytes + TAG_BYTES)
          const plain = this.#opener.open(sealed, index, index === chunks - 1)
          const chunkStart = index * chunkBytes
          const isWhole = start <= chunkStart && chunkStart + plain.length <= end
          yield isWhole ? plain : plain.subarray(Math.max(0, start - chunkStart), end - chunkStart)
        }
      }
    } finally {
      await this.close()
    }
  }

  close(): Promise<void> {
    return this.#reader.close()
  }
}

/** A blob stored as it is. */
export class PlainBlob implements OpenBody {
  readonly #reader: BlobReader

  constructor(reader: BlobReader) {
    this.#reader = reader
  }

  async *stream(signal: AbortSignal, start: number, end: number): AsyncGenerator<Uint8Array> {
    const read = (first: number) => this.#reader.read(first, Math.min(PIECE_BYTES, end - first))
    try {
      for await (const { bytes } of readAhead(start, end, PIECE_BYTES, read)) {
        if (signal.aborted) return
        yield bytes
      }
    } finally {
      await this.close()
    }
  }

  close(): Promise<void> {
    return this.#reader.close()
  }
}

/** Walks from `start` to `end` in steps, reading the next piece while the consumer has the last one. */
async function* readAhead(
  start: number,
  end: number,
  step: number,
  read: (first: number) => Promise<Uint8Array>,
): AsyncGenerator<{ readonly first: number; readonly bytes: Uint8Array }> {
  let next = start < end ? read(start) : undefined
  for (let first = start; next !== undefined; first += step) {
    const bytes: Uint8Array = await next
    next = first + step < end ? read(first + step) : undefined
    // A consumer that stops early leaves this one behind; its failure is nobody's business then.
    next?.catch(() => undefined)
    yield { first, bytes }
  }
}
