import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'
import type { CipherSuite } from './cipher-suites.ts'

type Hash = CipherSuite['hash']

/** Traffic secrets of one epoch. Whoever holds them may overwrite them with zeros after use. */
export interface TrafficSecrets {
  readonly client: Buffer
  readonly server: Buffer
}

/** What does not depend on the connection: "derived" of the early secret without PSK, one for each hash. */
const derivedEarlySecrets = new Map<Hash, KeyObject>()

/**
 * The key schedule of RFC 8446 §7.1 without PSK, early data, exporters and resumption: shared secret → handshake
 * traffic secrets → application traffic secrets. Each step may be taken once.
 */
export class KeySchedule {
  readonly #suite: CipherSuite
  #handshakeSecret: Buffer | undefined

  constructor(suite: CipherSuite) {
    this.#suite = suite
  }

  /** `transcriptHash` covers ClientHello … ServerHello. The shared secret is overwritten with zeros. */
  handshakeSecrets(sharedSecret: Buffer, transcriptHash: Buffer): TrafficSecrets {
    const { hash } = this.#suite
    this.#handshakeSecret = hmac(hash, derivedEarlySecret(hash), sharedSecret)
    sharedSecret.fill(0)
    return trafficSecrets(hash, createSecretKey(this.#handshakeSecret), 'hs', transcriptHash)
  }

  /** `transcriptHash` covers ClientHello … server Finished. */
  applicationSecrets(transcriptHash: Buffer): TrafficSecrets {
    if (!this.#handshakeSecret) throw new Error('handshake secrets come first')
    const { hash } = this.#suite
    const derived = derivedSecret(hash, createSecretKey(this.#handshakeSecret))
    this.dispose()
    const master = hmac(hash, createSecretKey(derived), ZEROS.subarray(0, this.#suite.hashLength))
    const secrets = trafficSecrets(hash, createSecretKey(master), 'ap', transcriptHash)
    derived.fill(0)
    master.fill(0)
    return secrets
  }

  /** Forgets what later steps would need. */
  dispose(): void {
    this.#handshakeSecret?.fill(0)
    this.#handshakeSecret = undefined
  }
}

/** HMAC that proves possession of a handshake traffic secret (RFC 8446 §4.4.4). */
export function finishedMac(suite: CipherSuite, trafficSecret: Buffer, transcriptHash: Buffer): Buffer {
  const key = expandLabel(suite.hash, createSecretKey(trafficSecret), 'finished', EMPTY, suite.hashLength)
  const mac = hmac(suite.hash, createSecretKey(key), transcriptHash)
  key.fill(0)
  return mac
}

/** The traffic secret that follows `trafficSecret` after a KeyUpdate (RFC 8446 §7.2). */
export function nextTrafficSecret(suite: CipherSuite, trafficSecret: Buffer): Buffer {
  return expandLabel(suite.hash, createSecretKey(trafficSecret), 'traffic upd', EMPTY, suite.hashLength)
}

/** AEAD key and IV of a traffic secret (RFC 8446 §7.3). */
export function trafficKey(
  suite: CipherSuite,
  trafficSecret: Buffer,
): { readonly key: KeyObject; readonly iv: Buffer } {
  const secret = createSecretKey(trafficSecret)
  const key = expandLabel(suite.hash, secret, 'key', EMPTY, suite.keyLength)
  const iv = expandLabel(suite.hash, secret, 'iv', EMPTY, IV_LENGTH)
  // A KeyObject makes each record's cipher several times cheaper to create than a Buffer does.
  const keyObject = createSecretKey(key)
  key.fill(0)
  return { key: keyObject, iv }
}

/** HKDF-Expand-Label for outputs up to one hash length, which is all that TLS 1.3 needs here. */
function expandLabel(hash: Hash, secret: KeyObject, label: string, context: Buffer, length: number): Buffer {
  const full = `tls13 ${label}`
  const info = Buffer.allocUnsafe(2 + 1 + full.length + 1 + context.length + 1)
  info.writeUInt16BE(length, 0)
  info[2] = full.length
  info.write(full, 3, 'latin1')
  info[3 + full.length] = context.length
  context.copy(info, 4 + full.length)
  // The counter of HKDF's first (and here only) block.
  info[info.length - 1] = 1
  const block = hmac(hash, secret, info)
  return block.length === length ? block : block.subarray(0, length)
}

function trafficSecrets(hash: Hash, secret: KeyObject, epoch: 'hs' | 'ap', transcriptHash: Buffer): TrafficSecrets {
  return {
    client: expandLabel(hash, secret, `c ${epoch} traffic`, transcriptHash, transcriptHash.length),
    server: expandLabel(hash, secret, `s ${epoch} traffic`, transcriptHash, transcriptHash.length),
  }
}

function derivedEarlySecret(hash: Hash): KeyObject {
  let derived = derivedEarlySecrets.get(hash)
  if (!derived) {
    const zeros = ZEROS.subarray(0, emptyHash(hash).length)
    const earlySecret = createSecretKey(hmac(hash, createSecretKey(zeros), zeros))
    derived = createSecretKey(derivedSecret(hash, earlySecret))
    derivedEarlySecrets.set(hash, derived)
  }
  return derived
}

function derivedSecret(hash: Hash, secret: KeyObject): Buffer {
  const context = emptyHash(hash)
  return expandLabel(hash, secret, 'derived', context, context.length)
}

function emptyHash(algorithm: Hash): Buffer {
  return hash(algorithm, EMPTY, 'buffer')
}

function hmac(hash: Hash, key: KeyObject, message: Buffer): Buffer {
  return createHmac(hash, key).update(message).digest()
}

const EMPTY = Buffer.alloc(0)
const ZEROS = Buffer.alloc(48)
const IV_LENGTH = 12
