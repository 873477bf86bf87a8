import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto'
import { release } from '../release.ts'
import { deriveBlobKey } from './blob-key.ts'
import type { DataKey } from './data-key.ts'
import {
  BLOB_ID_BYTES,
  CHUNK_BYTES,
  chunkCount,
  chunkOffset,
  corrupt,
  HEADER_BYTES,
  ID_OFFSET,
  parseHeader,
  SALT_BYTES,
  SALT_OFFSET,
  type SealedHeader,
  sealedSize,
  TAG_BYTES,
  writeHeader,
  writeNonce,
} from './sealed-format.ts'

const CIPHER = 'aes-256-gcm'
const FRESH_BYTES = BLOB_ID_BYTES + SALT_BYTES

/** Random bytes are drawn many at a time: asking the system for each body costs more than sealing a small one. */
const pool = Buffer.alloc(FRESH_BYTES * 128)
let poolOffset = pool.length

/** Id and salt of a new body; to be copied before the next ones are drawn. */
function drawFresh(): Buffer {
  if (poolOffset === pool.length) {
    randomFillSync(pool)
    poolOffset = 0
  }
  poolOffset += FRESH_BYTES
  return pool.subarray(poolOffset - FRESH_BYTES, poolOffset)
}

/** A fresh blob id: 32 hex digits. */
export function freshBlobId(): string {
  return drawFresh().toString('hex', 0, BLOB_ID_BYTES)
}

/** Seals one body, chunk after chunk; each key seals one body only, so counting nonces never repeat. */
export class Sealer {
  /** First 64 bytes of the stored body. */
  readonly header: Buffer
  /** 32 hex digits. */
  readonly blobId: string
  readonly #key: KeyObject
  #index = 0

  /** Draws a blob id and writes the header to the start of `target`. */
  constructor(dataKey: DataKey, target: Buffer) {
    writeHeader(target, dataKey.generation, drawFresh())
    this.header = target.subarray(0, HEADER_BYTES)
    this.blobId = this.header.toString('hex', ID_OFFSET, SALT_OFFSET)
    const salt = this.header.subarray(SALT_OFFSET)
    this.#key = deriveBlobKey(dataKey.bytes, salt, dataKey.user, this.header.subarray(ID_OFFSET, SALT_OFFSET))
  }

  /** Seals the next chunk, given in slices; answers ciphertext and tag, to be stored in this order. */
  seal(slices: readonly Uint8Array[], isLast: boolean): Buffer[] {
    writeNonce(nonce, this.#index, isLast)
    this.#index += 1
    const cipher = createCipheriv(CIPHER, this.#key, nonce)
    cipher.setAAD(this.header)
    const sealed = slices.map((slice) => cipher.update(slice))
    cipher.final()
    sealed.push(cipher.getAuthTag())
    return sealed
  }
}

/** Ciphers copy it when they start. */
const nonce = Buffer.alloc(12)

/** Seals a whole body that is in memory. */
export function sealWhole(dataKey: DataKey, body: Uint8Array): { readonly blobId: string; readonly stored: Buffer } {
  const stored = Buffer.allocUnsafe(sealedSize(body.length, CHUNK_BYTES))
  const sealer = new Sealer(dataKey, stored)
  let offset = HEADER_BYTES
  const chunks = chunkCount(body.length, CHUNK_BYTES)
  for (let index = 0; index < chunks; index += 1) {
    const chunk = chunks === 1 ? body : body.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)
    for (const part of sealer.seal([chunk], index === chunks - 1)) {
      stored.set(part, offset)
      offset += part.length
      release(part)
    }
  }
  return { blobId: sealer.blobId, stored }
}

/** Opens chunks of one sealed body. */
export class Opener {
  readonly header: SealedHeader
  readonly #key: KeyObject

  /**
   * @param header first 64 stored bytes
   * @throws HomeserverError `body-corrupt`: not a header, or of another body than `blobId`
   */
  constructor(dataKey: DataKey, header: Uint8Array, blobId: string) {
    this.header = parseHeader(header)
    if (Buffer.from(this.header.blobId).toString('hex') !== blobId) throw corrupt('it belongs to another entry')
    if (this.header.keyGeneration !== dataKey.generation) throw corrupt('sealed with another key than its entry says')
    this.#key = deriveBlobKey(dataKey.bytes, this.header.salt, dataKey.user, this.header.blobId)
  }

  /** Plaintext of a sealed chunk (with its tag). @throws HomeserverError `body-corrupt` */
  open(sealed: Uint8Array, index: number, isLast: boolean): Buffer {
    if (sealed.length < TAG_BYTES) throw corrupt('a chunk is cut off')
    writeNonce(nonce, index, isLast)
    const decipher = createDecipheriv(CIPHER, this.#key, nonce)
    decipher.setAAD(this.header.bytes)
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
    const plain = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES))
    try {
      decipher.final()
    } catch (cause) {
      throw corrupt(`chunk ${index} does not verify`, cause)
    }
    return plain
  }
}

/** Opens a whole stored body. @throws HomeserverError `body-corrupt` */
export function openWhole(dataKey: DataKey, stored: Uint8Array, blobId: string, length: number): Buffer {
  const opener = new Opener(dataKey, stored, blobId)
  const { chunkBytes } = opener.header
  if (stored.length !== sealedSize(length, chunkBytes)) throw corrupt('its size is not that of its entry')
  const chunks = chunkCount(length, chunkBytes)
  if (chunks === 1) return opener.open(stored.subarray(HEADER_BYTES), 0, true)
  const plain: Buffer[] = []
  for (let index = 0; index < chunks; index += 1) {
    const chunk = stored.subarray(chunkOffset(index, chunkBytes), chunkOffset(index + 1, chunkBytes))
    plain.push(opener.open(chunk, index, index === chunks - 1))
  }
  return Buffer.concat(plain)
}
