import { chacha20poly1305Open, chacha20poly1305Seal, hkdfSha256, randomBytes, utf8Encode } from '@pubky/crypto'
import { decryptionError } from './errors.ts'
import { associatedData, type FileIdentity } from './file-identity.ts'

/** First byte of a file sealed in chunks (ours). */
export const STREAM_VERSION = 2
/** Plaintext bytes of each chunk but the last. */
export const CHUNK_BYTES = 65_536

const SALT_BYTES = 32
const HEADER_BYTES = 1 + SALT_BYTES
const TAG_BYTES = 16
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
const KEY_LABEL = 'pubky-sdk/encrypted-stream/v2'

/** Bytes that a plaintext of `length` bytes takes when it is sealed in chunks. */
export function sealedStreamLength(length: number): number {
  return HEADER_BYTES + length + TAG_BYTES * Math.max(1, Math.ceil(length / CHUNK_BYTES))
}

/**
 * Seals a file of any size while it passes: `02 ‖ salt(32) ‖ chunk ‖ …`, each chunk ChaCha20-Poly1305 under a key made
 * from the content key and the salt, numbered, the last one marked, so that chunks can be neither dropped, repeated
 * nor reordered.
 * @param key 32 bytes, the content key of exactly this path
 */
export function sealStream(key: Uint8Array, file: FileIdentity): TransformStream<Uint8Array, Uint8Array> {
  const salt = randomBytes(SALT_BYTES)
  const chunks = new ChunkCipher(key, salt, file)
  const pending = new Rechunker(CHUNK_BYTES)
  return new TransformStream({
    start: (controller) => {
      controller.enqueue(Uint8Array.of(STREAM_VERSION, ...salt))
    },
    transform: (bytes, controller) => {
      for (const chunk of pending.push(bytes)) controller.enqueue(chunks.seal(chunk, false))
    },
    flush: (controller) => {
      controller.enqueue(chunks.seal(pending.rest(), true))
    },
  })
}

/**
 * Opens what {@link sealStream} made. Each chunk comes out only after it was verified; a stream that ends early fails
 * with an `AuthenticationError` whose `data.code` is `truncated`.
 */
export function openStream(key: Uint8Array, file: FileIdentity): TransformStream<Uint8Array, Uint8Array> {
  let header: Uint8Array | undefined
  let chunks: ChunkCipher | undefined
  const start = new Rechunker(HEADER_BYTES)
  const pending = new Rechunker(SEALED_CHUNK_BYTES)
  return new TransformStream({
    transform: (bytes, controller) => {
      let rest = bytes
      if (chunks === undefined) {
        const missing = HEADER_BYTES - start.length
        for (const full of start.push(rest.subarray(0, missing + 1))) header ??= full
        if (header === undefined) return
        chunks = new ChunkCipher(key, saltOf(header, file), file)
        rest = rest.subarray(missing)
      }
      for (const chunk of pending.push(rest)) controller.enqueue(chunks.open(chunk, false))
    },
    flush: (controller) => {
      if (chunks === undefined) throw decryptionError('truncated', file)
      controller.enqueue(chunks.open(pending.rest(), true))
    },
  })
}

/** Opens a sealed stream that is there as a whole. */
export function openStreamChunks(key: Uint8Array, file: FileIdentity, sealed: Uint8Array): Uint8Array[] {
  if (sealed.length < HEADER_BYTES) throw decryptionError('truncated', file)
  const chunks = new ChunkCipher(key, saltOf(sealed, file), file)
  const opened: Uint8Array[] = []
  for (let offset = HEADER_BYTES; ; offset += SEALED_CHUNK_BYTES) {
    const isLast = offset + SEALED_CHUNK_BYTES >= sealed.length
    opened.push(chunks.open(sealed.subarray(offset, offset + SEALED_CHUNK_BYTES), isLast))
    if (isLast) return opened
  }
}

function saltOf(header: Uint8Array, file: FileIdentity): Uint8Array {
  if (header[0] !== STREAM_VERSION) throw decryptionError('unsupported-version', file)
  return header.subarray(1, HEADER_BYTES)
}

/** Seals or opens the chunks of one file in their order. */
class ChunkCipher {
  readonly #key: Uint8Array
  readonly #associated: Uint8Array
  readonly #file: FileIdentity
  #counter = 0

  constructor(contentKey: Uint8Array, salt: Uint8Array, file: FileIdentity) {
    this.#key = hkdfSha256(contentKey, salt, utf8Encode(KEY_LABEL), 32)
    this.#associated = associatedData(file)
    this.#file = file
  }

  seal(chunk: Uint8Array, isLast: boolean): Uint8Array {
    return chacha20poly1305Seal(this.#key, this.#nonce(isLast), chunk, this.#associated)
  }

  open(chunk: Uint8Array, isLast: boolean): Uint8Array {
    const nonce = this.#nonce(isLast)
    const plaintext = chacha20poly1305Open(this.#key, nonce, chunk, this.#associated)
    if (plaintext !== undefined) return plaintext
    // A proper middle chunk at the end means that the rest is gone.
    nonce[11] = 0
    const isMiddle = isLast && chacha20poly1305Open(this.#key, nonce, chunk, this.#associated) !== undefined
    throw decryptionError(isMiddle || chunk.length < TAG_BYTES ? 'truncated' : 'wrong-key-or-moved', this.#file)
  }

  /** 12 bytes: zeros, the chunk's number (big-endian, 4 bytes), whether it is the last. */
  #nonce(isLast: boolean): Uint8Array {
    const nonce = new Uint8Array(12)
    new DataView(nonce.buffer).setUint32(7, this.#counter)
    this.#counter += 1
    nonce[11] = isLast ? 1 : 0
    return nonce
  }
}

/** Cuts bytes into pieces of one size. A full piece is handed out only when more follows, so the last stays in hand. */
class Rechunker {
  readonly #buffer: Uint8Array
  #length = 0

  constructor(size: number) {
    this.#buffer = new Uint8Array(size)
  }

  get length(): number {
    return this.#length
  }

  *push(bytes: Uint8Array): Generator<Uint8Array> {
    let rest = bytes
    while (rest.length > 0) {
      if (this.#length === this.#buffer.length) {
        yield this.#buffer.slice()
        this.#length = 0
      }
      const part = rest.subarray(0, this.#buffer.length - this.#length)
      this.#buffer.set(part, this.#length)
      this.#length += part.length
      rest = rest.subarray(part.length)
    }
  }

  rest(): Uint8Array {
    return this.#buffer.slice(0, this.#length)
  }
}
