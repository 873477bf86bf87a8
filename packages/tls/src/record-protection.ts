import {
  type CipherChaCha20Poly1305,
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  type DecipherChaCha20Poly1305,
  type DecipherGCM,
  type KeyObject,
} from 'node:crypto'
import { ALERT } from './alerts.ts'
import type { CipherSuite } from './cipher-suites.ts'
import { MAX_PLAINTEXT, RECORD_HEADER_LENGTH, RECORD_TYPE } from './constants.ts'
import { violation } from './errors.ts'
import { nextTrafficSecret, trafficKey } from './key-schedule.ts'
import { freeEarly } from './memory.ts'

/** What was inside an encrypted record. */
export interface OpenedRecord {
  readonly type: number
  readonly content: Buffer
}

/** AEAD protection of the records of one direction and one epoch (RFC 8446 §5.2–5.3). */
export class RecordProtection {
  readonly suite: CipherSuite
  readonly #secret: Buffer
  readonly #key: KeyObject
  readonly #iv: Buffer
  readonly #nonce: Buffer
  #sequence = 0

  /** Takes over `trafficSecret` and overwrites it with zeros in {@link dispose}. */
  constructor(suite: CipherSuite, trafficSecret: Buffer) {
    const { key, iv } = trafficKey(suite, trafficSecret)
    this.suite = suite
    this.#secret = trafficSecret
    this.#key = key
    this.#iv = iv
    this.#nonce = Buffer.from(iv)
  }

  /** Records sealed or opened so far. */
  get records(): number {
    return this.#sequence
  }

  /**
   * Writes one whole record around the joined parts, of `length` bytes together, at most 16384, into `target` from
   * `offset` on, where {@link sealedLength} bytes must be free.
   */
  seal(type: number, parts: readonly Uint8Array[], length: number, target: Buffer, offset: number): void {
    let at = 0
    for (const part of parts) {
      scratch.set(part, at)
      at += part.length
    }
    scratch[length] = type
    const protectedLength = length + 1 + TAG_LENGTH
    header[3] = protectedLength >>> 8
    header[4] = protectedLength & 0xff
    const cipher = this.#cipher()
    cipher.setAAD(header, { plaintextLength: length + 1 })
    const ciphertext = cipher.update(scratch.subarray(0, length + 1))
    cipher.final()
    const body = offset + RECORD_HEADER_LENGTH
    target.set(header, offset)
    target.set(ciphertext, body)
    target.set(cipher.getAuthTag(), body + length + 1)
    freeEarly(ciphertext)
  }

  /**
   * Opens a whole record, header included, of outer type 23.
   * @throws TlsError `protocol-violation`: tag does not match (20), plaintext too long (22), no inner type (10)
   */
  open(record: Buffer): OpenedRecord {
    const end = record.length - TAG_LENGTH
    if (end <= RECORD_HEADER_LENGTH) throw violation(ALERT.badRecordMac, 'encrypted record too short for a tag')
    const decipher = this.#decipher()
    decipher.setAAD(record.subarray(0, RECORD_HEADER_LENGTH), { plaintextLength: end - RECORD_HEADER_LENGTH })
    decipher.setAuthTag(record.subarray(end))
    const inner = decipher.update(record.subarray(RECORD_HEADER_LENGTH, end))
    try {
      decipher.final()
    } catch {
      throw violation(ALERT.badRecordMac, 'record authentication failed')
    }
    if (inner.length > MAX_PLAINTEXT + 1) throw violation(ALERT.recordOverflow, 'plaintext longer than 16384 bytes')
    let typeAt = inner.length - 1
    while (typeAt >= 0 && inner[typeAt] === 0) typeAt--
    if (typeAt < 0) throw violation(ALERT.unexpectedMessage, 'record without a content type')
    return { type: inner[typeAt]!, content: inner.subarray(0, typeAt) }
  }

  /** The protection after a KeyUpdate; this one is spent. */
  next(): RecordProtection {
    const next = new RecordProtection(this.suite, nextTrafficSecret(this.suite, this.#secret))
    this.dispose()
    return next
  }

  /** Overwrites the traffic secret and the IV. */
  dispose(): void {
    this.#secret.fill(0)
    this.#iv.fill(0)
    this.#nonce.fill(0)
  }

  #cipher(): CipherGCM | CipherChaCha20Poly1305 {
    const { cipher } = this.suite
    const nonce = this.#nextNonce()
    return cipher === 'chacha20-poly1305'
      ? createCipheriv(cipher, this.#key, nonce, AEAD_OPTIONS)
      : createCipheriv(cipher, this.#key, nonce)
  }

  #decipher(): DecipherGCM | DecipherChaCha20Poly1305 {
    const { cipher } = this.suite
    const nonce = this.#nextNonce()
    return cipher === 'chacha20-poly1305'
      ? createDecipheriv(cipher, this.#key, nonce, AEAD_OPTIONS)
      : createDecipheriv(cipher, this.#key, nonce, AEAD_OPTIONS)
  }

  /** IV xor sequence number. Numbers stay below 2^53: at 10^6 records a second that is 285 years. */
  #nextNonce(): Buffer {
    const sequence = this.#sequence++
    const iv = this.#iv
    const nonce = this.#nonce
    // Byte by byte, as Buffer's checked integer methods cost as much as setting the cipher up.
    nonce[11] = iv[11]! ^ (sequence & 0xff)
    nonce[10] = iv[10]! ^ ((sequence >>> 8) & 0xff)
    nonce[9] = iv[9]! ^ ((sequence >>> 16) & 0xff)
    nonce[8] = iv[8]! ^ ((sequence >>> 24) & 0xff)
    if (sequence >= 2 ** 32) nonce.writeUInt32BE((iv.readUInt32BE(4) ^ Math.floor(sequence / 2 ** 32)) >>> 0, 4)
    return nonce
  }
}

/** Bytes that records around `length` bytes of data take. */
export function sealedLength(length: number): number {
  return length + Math.ceil(length / MAX_PLAINTEXT) * RECORD_OVERHEAD
}

const TAG_LENGTH = 16
/** Header, content type and tag. */
const RECORD_OVERHEAD = RECORD_HEADER_LENGTH + 1 + TAG_LENGTH
const AEAD_OPTIONS = { authTagLength: TAG_LENGTH }
/** Header of the record being sealed; sealing is synchronous, so one serves all connections. */
const header = Buffer.of(RECORD_TYPE.applicationData, 3, 3, 0, 0)
/** Its plaintext and type. */
const scratch = Buffer.allocUnsafeSlow(MAX_PLAINTEXT + 1)
