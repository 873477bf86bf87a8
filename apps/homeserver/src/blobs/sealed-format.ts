/**
 * Layout of a sealed body: a 64-byte header, then chunks of AES-256-GCM, each with its 16-byte tag (spec 03 §16.4).
 * Chunk numbers and the last-chunk flag are in the nonce and the header is authenticated with every chunk, so chunks
 * cannot be cut off, moved, or taken from another body.
 */
import { HomeserverError } from '../error.ts'

export const HEADER_BYTES = 64
export const TAG_BYTES = 16
export const SALT_BYTES = 32
export const BLOB_ID_BYTES = 16
/** Plaintext bytes of a chunk in bodies written here. */
export const CHUNK_BYTES = 65_536

const MAGIC = Buffer.from('PKYBLOB1', 'latin1')
const ALGORITHM_AES_256_GCM = 1
const MIN_CHUNK_LOG2 = 12
const MAX_CHUNK_LOG2 = 22
const CHUNK_LOG2 = Math.log2(CHUNK_BYTES)

/** Where id and salt stand in a header. */
export const ID_OFFSET = 16
export const SALT_OFFSET = 32

/** What the header of a sealed body says. */
export interface SealedHeader {
  /** Plaintext bytes of every chunk but the last. */
  readonly chunkBytes: number
  readonly keyGeneration: number
  readonly blobId: Uint8Array
  readonly salt: Uint8Array
  /** The 64 bytes themselves: additional data of every chunk. */
  readonly bytes: Uint8Array
}

const TEMPLATE = Buffer.alloc(HEADER_BYTES)
TEMPLATE.set(MAGIC)
TEMPLATE[8] = ALGORITHM_AES_256_GCM
TEMPLATE[9] = CHUNK_LOG2

/**
 * Writes the header of a new body to the start of `target`.
 * @param idAndSalt 16 bytes of blob id, then 32 of salt, fresh and random
 */
export function writeHeader(target: Buffer, keyGeneration: number, idAndSalt: Uint8Array): void {
  TEMPLATE.copy(target)
  target.writeUInt32BE(keyGeneration, 12)
  target.set(idAndSalt, ID_OFFSET)
}

/** Reads a header. @throws HomeserverError `body-corrupt` */
export function parseHeader(stored: Uint8Array): SealedHeader {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, Math.min(stored.length, HEADER_BYTES))
  if (bytes.length < HEADER_BYTES) throw corrupt('shorter than its header')
  if (!bytes.subarray(0, 8).equals(MAGIC)) throw corrupt('not a sealed body')
  if (bytes[8] !== ALGORITHM_AES_256_GCM) throw corrupt('unknown algorithm')
  const chunkLog2 = bytes.readUInt8(9)
  if (chunkLog2 < MIN_CHUNK_LOG2 || chunkLog2 > MAX_CHUNK_LOG2) throw corrupt('chunk size out of range')
  if (bytes.readUInt16BE(10) !== 0) throw corrupt('reserved bytes are set')
  return {
    chunkBytes: 2 ** chunkLog2,
    keyGeneration: bytes.readUInt32BE(12),
    blobId: bytes.subarray(ID_OFFSET, SALT_OFFSET),
    salt: bytes.subarray(SALT_OFFSET, HEADER_BYTES),
    bytes,
  }
}

/** How many chunks a body of `length` plaintext bytes has; an empty one has one. */
export function chunkCount(length: number, chunkBytes: number): number {
  return Math.max(1, Math.ceil(length / chunkBytes))
}

/** Stored bytes of a body of `length` plaintext bytes. */
export function sealedSize(length: number, chunkBytes: number): number {
  return HEADER_BYTES + length + TAG_BYTES * chunkCount(length, chunkBytes)
}

/** Where chunk `index` starts in the stored bytes. */
export function chunkOffset(index: number, chunkBytes: number): number {
  return HEADER_BYTES + index * (chunkBytes + TAG_BYTES)
}

/** Nonce of a chunk: its number, 11 bytes big-endian, and the last-chunk flag. */
export function writeNonce(nonce: Buffer, index: number, isLast: boolean): void {
  nonce.fill(0)
  nonce.writeUIntBE(index, 5, 6)
  nonce[11] = isLast ? 1 : 0
}

/** What was stored is not what was written. */
export function corrupt(what: string, cause?: unknown): HomeserverError {
  return new HomeserverError('body-corrupt', `stored body is damaged: ${what}`, { cause })
}
