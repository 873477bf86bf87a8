import type { BlobBackend, BlobWriter } from './blobs.ts'
import type { StoredBody } from './bodies.ts'
import type { DataKey } from './data-key.ts'
import { CHUNK_BYTES, HEADER_BYTES, TAG_BYTES } from './sealed-format.ts'
import { freshBlobId, Sealer } from './sealing.ts'

/** Largest body kept inline with its row. */
export const INLINE_BYTES = 65_536
/** Chunks sealed and written together. */
const CHUNKS_PER_WRITE = 4

/** A body on its way into the blob back end, sealed chunk by chunk as it arrives. */
export class BodyUpload {
  readonly #writer: BlobWriter
  readonly #blobId: string
  readonly #sealer: Sealer | undefined
  readonly #keyGeneration: number
  readonly #onPublished: (blobId: string) => void
  /** The chunk being filled: its end is not known to be the body's end before more arrives. */
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  #chunkLength = 0
  readonly #sealed: Buffer
  #sealedLength: number
  #sealedChunks = 0

  private constructor(
    writer: BlobWriter,
    blobId: string,
    sealed: Buffer,
    sealer: Sealer | undefined,
    keyGeneration: number,
    onPublished: (blobId: string) => void,
  ) {
    this.#writer = writer
    this.#blobId = blobId
    this.#sealed = sealed
    this.#sealedLength = sealer === undefined ? 0 : HEADER_BYTES
    this.#sealer = sealer
    this.#keyGeneration = keyGeneration
    this.#onPublished = onPublished
  }

  /** @param key undefined = store as it is */
  static async start(
    backend: BlobBackend,
    key: DataKey | undefined,
    signal: AbortSignal,
    onPublished: (blobId: string) => void,
  ): Promise<BodyUpload> {
    const sealed = newBuffer()
    // The header is additional data of every chunk, and the buffer is filled again and again.
    const header = Buffer.alloc(HEADER_BYTES)
    const sealer = key === undefined ? undefined : new Sealer(key, header)
    sealed.set(header)
    const blobId = sealer?.blobId ?? freshBlobId()
    const writer = await backend.create(blobId, signal)
    return new BodyUpload(writer, blobId, sealed, sealer, key?.generation ?? 0, onPublished)
  }

  /** Takes the next bytes; the promise is the back-pressure. They may be reused once it resolves. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#chunkLength === CHUNK_BYTES) {
        this.#sealChunk(false)
        if (this.#sealedChunks === CHUNKS_PER_WRITE) await this.#flush()
      }
      const taken = bytes.subarray(offset, offset + CHUNK_BYTES - this.#chunkLength)
      this.#chunk.set(taken, this.#chunkLength)
      this.#chunkLength += taken.length
      offset += taken.length
    }
  }

  /** Makes the body durable. Nobody knows it before a row names it. */
  async finish(): Promise<StoredBody> {
    this.#sealChunk(true)
    await this.#flush()
    // Before publishing: from then on the sweeper can see it.
    this.#onPublished(this.#blobId)
    await this.#writer.publish()
    return {
      reference: { blobId: this.#blobId, place: 'blob', keyGeneration: this.#keyGeneration },
      inlineBody: undefined,
    }
  }

  /** Drops what was received. */
  abort(): Promise<void> {
    return this.#writer.abort()
  }

  get blobId(): string {
    return this.#blobId
  }

  #sealChunk(isLast: boolean): void {
    const chunk = this.#chunk.subarray(0, this.#chunkLength)
    if (this.#sealer === undefined) {
      this.#sealed.set(chunk, this.#sealedLength)
      this.#sealedLength += chunk.length
    } else {
      this.#sealedLength = this.#sealer.seal(chunk, isLast, this.#sealed, this.#sealedLength)
    }
    this.#sealedChunks += 1
    this.#chunkLength = 0
  }

  async #flush(): Promise<void> {
    await this.#writer.write(this.#sealed.subarray(0, this.#sealedLength))
    this.#sealedLength = 0
    this.#sealedChunks = 0
  }
}

function newBuffer(): Buffer {
  // One chunk more: the last one is sealed onto a full buffer.
  return Buffer.allocUnsafeSlow(HEADER_BYTES + (CHUNKS_PER_WRITE + 1) * (CHUNK_BYTES + TAG_BYTES))
}
