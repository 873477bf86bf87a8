import type { BlobReader } from './blobs.ts'
import type { OpenBody } from './bodies.ts'
import type { DataKey } from './data-key.ts'
import { ReadBuffers } from './read-buffers.ts'
import { CHUNK_BYTES, chunkCount, chunkOffset, corrupt, HEADER_BYTES, sealedSize, TAG_BYTES } from './sealed-format.ts'
import { Opener } from './sealing.ts'

/** Stored bytes read at a time: four chunks of the size written here. */
const PIECE_BYTES = 4 * (CHUNK_BYTES + TAG_BYTES)
/** Header, a piece, and one byte more, by which a body that is too long gives itself away. */
const READ_BYTES = HEADER_BYTES + PIECE_BYTES + 1

const buffers = new ReadBuffers(READ_BYTES)

/** Sealed chunks as read, from chunk `first` on. */
interface Piece {
  readonly first: number
  readonly sealed: Uint8Array
  /** What they were read into; undefined when it is not to be used again. */
  readonly buffer: Buffer | undefined
}

/** A sealed blob: reads whole chunks, one piece ahead, and yields only what verified. */
export class SealedBlob implements OpenBody {
  readonly #reader: BlobReader
  readonly #key: DataKey
  readonly #blobId: string
  readonly #length: number

  constructor(reader: BlobReader, key: DataKey, blobId: string, length: number) {
    this.#reader = reader
    this.#key = key
    this.#blobId = blobId
    this.#length = length
  }

  async *stream(signal: AbortSignal, start: number, end: number): AsyncGenerator<Uint8Array> {
    try {
      const { opener, piece: atStart } = await this.#readHeader(start)
      const { chunkBytes } = opener.header
      const lastChunk = chunkCount(this.#length, chunkBytes) - 1
      const endChunk = end <= start ? 0 : Math.floor((end - 1) / chunkBytes) + 1
      if (endChunk <= lastChunk) await this.#requireSize(chunkBytes)
      const step = Math.max(1, Math.floor(PIECE_BYTES / (chunkBytes + TAG_BYTES)))
      const pieces = this.#pieces(Math.floor(start / chunkBytes), endChunk, step, chunkBytes, atStart)
      for await (const { first, sealed, buffer } of pieces) {
        for (let index = first; index < Math.min(first + step, endChunk); index += 1) {
          if (signal.aborted) return
          const offset = (index - first) * (chunkBytes + TAG_BYTES)
          const chunk = sealed.subarray(offset, offset + chunkBytes + TAG_BYTES)
          const plain = opener.open(chunk, index, index === lastChunk)
          const chunkStart = index * chunkBytes
          const isWhole = start <= chunkStart && chunkStart + plain.length <= end
          yield isWhole ? plain : plain.subarray(Math.max(0, start - chunkStart), end - chunkStart)
        }
        if (buffer !== undefined) buffers.giveBack(buffer)
      }
    } finally {
      await this.close()
    }
  }

  close(): Promise<void> {
    return this.#reader.close()
  }

  /** Reads the header and, when the stream starts there, the first chunks with it. */
  async #readHeader(start: number): Promise<{ readonly opener: Opener; readonly piece: Piece | undefined }> {
    const isAtStart = start < CHUNK_BYTES
    const buffer = isAtStart ? buffers.take() : undefined
    const read = await this.#reader.read(0, isAtStart ? READ_BYTES : HEADER_BYTES, buffer)
    // A copy: the header stays in use when the buffer is somebody else's.
    const opener = new Opener(this.#key, Buffer.from(read.subarray(0, HEADER_BYTES)), this.#blobId)
    const { chunkBytes } = opener.header
    if (!isAtStart || chunkBytes !== CHUNK_BYTES) return { opener, piece: undefined }
    const size = sealedSize(this.#length, chunkBytes)
    if (read.length !== Math.min(size, READ_BYTES)) throw wrongSize()
    return { opener, piece: { first: 0, sealed: read.subarray(HEADER_BYTES), buffer } }
  }

  async *#pieces(
    firstChunk: number,
    endChunk: number,
    step: number,
    chunkBytes: number,
    atStart: Piece | undefined,
  ): AsyncGenerator<Piece> {
    const read = (first: number) =>
      first < endChunk ? this.#readPiece(first, Math.min(first + step, endChunk), chunkBytes) : undefined
    let next = firstChunk < endChunk && atStart !== undefined ? Promise.resolve(atStart) : read(firstChunk)
    for (let first = firstChunk + step; next !== undefined; first += step) {
      const piece: Piece = await next
      next = read(first)
      // A consumer that stops early leaves this one behind; its failure is nobody's business then.
      next?.catch(() => undefined)
      yield piece
    }
  }

  async #readPiece(first: number, end: number, chunkBytes: number): Promise<Piece> {
    const from = chunkOffset(first, chunkBytes)
    const isLast = end === chunkCount(this.#length, chunkBytes)
    const length = (isLast ? sealedSize(this.#length, chunkBytes) : chunkOffset(end, chunkBytes)) - from
    const isOrdinary = length < READ_BYTES
    const buffer = isOrdinary ? buffers.take() : undefined
    const read = await this.#reader.read(from, isLast ? length + 1 : length, buffer)
    if (read.length !== length) throw wrongSize()
    return { first, sealed: read, buffer }
  }

  /** A range that ends before the body does cannot tell by its chunks whether the rest is there. */
  async #requireSize(chunkBytes: number): Promise<void> {
    if ((await this.#reader.size()) !== sealedSize(this.#length, chunkBytes)) throw wrongSize()
  }
}

/** A blob stored as it is. */
export class PlainBlob implements OpenBody {
  readonly #reader: BlobReader
  readonly #length: number

  constructor(reader: BlobReader, length: number) {
    this.#reader = reader
    this.#length = length
  }

  async *stream(signal: AbortSignal, start: number, end: number): AsyncGenerator<Uint8Array> {
    try {
      if ((await this.#reader.size()) !== this.#length) throw wrongSize()
      const read = (offset: number) =>
        offset < end ? this.#reader.read(offset, Math.min(PIECE_BYTES, end - offset)) : undefined
      let next = read(start)
      for (let offset = start + PIECE_BYTES; next !== undefined && !signal.aborted; offset += PIECE_BYTES) {
        const bytes: Uint8Array = await next
        next = read(offset)
        next?.catch(() => undefined)
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

function wrongSize() {
  return corrupt('its size is not that of its entry')
}
