import type { BlobBackend, BlobReader, BlobWriter, StoredBlob } from '../blobs.ts'

/** Objects in memory, for testnets. */
export function openMemoryBlobs(): BlobBackend {
  return new MemoryBlobs()
}

class MemoryBlobs implements BlobBackend {
  readonly #objects = new Map<string, { readonly bytes: Buffer; readonly modifiedAtMs: number }>()

  async create(id: string): Promise<BlobWriter> {
    let parts: Buffer[] = []
    return {
      write: async (chunks) => {
        parts.push(...chunks.map((chunk) => Buffer.from(chunk)))
      },
      publish: async () => {
        this.#objects.set(id, { bytes: Buffer.concat(parts), modifiedAtMs: Date.now() })
      },
      abort: async () => {
        parts = []
      },
    }
  }

  async open(id: string): Promise<BlobReader | undefined> {
    const bytes = this.#objects.get(id)?.bytes
    if (bytes === undefined) return undefined
    return {
      size: async () => bytes.length,
      read: async (offset, length, target) => {
        const found = bytes.subarray(offset, offset + length)
        if (target === undefined) return Buffer.from(found)
        target.set(found)
        return target.subarray(0, found.length)
      },
      close: async () => {},
    }
  }

  async remove(id: string): Promise<void> {
    this.#objects.delete(id)
  }

  async *list(): AsyncIterable<StoredBlob> {
    for (const [id, { modifiedAtMs }] of this.#objects) yield { id, modifiedAtMs }
  }

  async clearUnfinished(_modifiedBeforeMs: number): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#objects.clear()
  }
}
