import { release } from '../release.ts'
import type { BlobBackend, BlobWriter } from './blobs.ts'
import type { StoredBody } from './bodies.ts'
import type { DataKey } from './data-key.ts'
import { CHUNK_BYTES, HEADER_BYTES } from './sealed-format.ts'
import { freshBlobId, Sealer } from './sealing.ts'

/** Largest body kept inline with its row. */
export const INLINE_BYTES = 65_536
/** Stored bytes that are written together. */
const WRITE_BYTES = 4 * CHUNK_BYTES

/** A body on its way into the blob back end, sealed chunk by chunk as it arrives, without being copied. */
export class BodyUpload {
  readonly #writer: BlobWriter
  readonly #sealer: Sealer | undefined
  readonly #reference: StoredBody['reference']
  readonly #onPublished: (blobId: string) => void
  /** Slices of the chunk being filled: whether it is the last one is not known before more arrives. */
  #slices: Uint8Array[] = []
  #chunkLength = 0
  /** What ended in the chunk being filled. */
  #consumed: Uint8Array[] = []
  /** What is to be written next. */
  #parts: Uint8Array[] = []
  #partsLength = 0

  private constructor(
    writer: BlobWriter,
    sealer: Sealer | undefined,
    reference: StoredBody['reference'],
    onPublished: (blobId: string) => void,
  ) {
    this.#writer = writer
    this.#sealer = sealer
    this.#reference = reference
    this.#onPublished = onPublished
    if (sealer !== undefined) this.#add([sealer.header])
  }

  /** @param key undefined = store as it is */
  static async start(
    backend: BlobBackend,
    key: DataKey | undefined,
    signal: AbortSignal,
    onPublished: (blobId: string) => void,
  ): Promise<BodyUpload> {
    const sealer = key === undefined ? undefined : new Sealer(key, Buffer.alloc(HEADER_BYTES))
    const blobId = sealer?.blobId ?? freshBlobId()
    const writer = await backend.create(blobId, signal)
    const reference = { blobId, place: 'blob', keyGeneration: key?.generation ?? 0 } as const
    return new BodyUpload(writer, sealer, reference, onPublished)
  }

  get blobId(): string {
    return this.#reference.blobId
  }

  /** Takes the next bytes over; their memory is freed when they are sealed. The promise is the back-pressure. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#chunkLength === CHUNK_BYTES) {
        this.#endChunk(false)
        if (this.#partsLength >= WRITE_BYTES) await this.#flush()
      }
      const slice = bytes.subarray(offset, offset + CHUNK_BYTES - this.#chunkLength)
      this.#slices.push(slice)
      this.#chunkLength += slice.length
      offset += slice.length
    }
    this.#consumed.push(bytes)
  }

  /** Makes the body durable. Nobody knows it before a row names it. */
  async finish(): Promise<StoredBody> {
    this.#endChunk(true)
    await this.#flush()
    // Before publishing: from then on the sweeper can see it.
    this.#onPublished(this.blobId)
    await this.#writer.publish()
    return { reference: this.#reference, inlineBody: undefined }
  }

  /** Drops what was received. */
  abort(): Promise<void> {
    return this.#writer.abort()
  }

  #endChunk(isLast: boolean): void {
    if (this.#sealer === undefined) this.#add(this.#slices)
    else {
      this.#add(this.#sealer.seal(this.#slices, isLast))
      this.#consumed.forEach(release)
    }
    this.#consumed = []
    this.#slices = []
    this.#chunkLength = 0
  }

  #add(parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      this.#parts.push(part)
      this.#partsLength += part.length
    }
  }

  async #flush(): Promise<void> {
    const parts = this.#parts
    this.#parts = []
    this.#partsLength = 0
    await this.#writer.write(parts)
    parts.forEach(release)
  }
}
