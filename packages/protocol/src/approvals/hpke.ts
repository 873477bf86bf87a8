import {
  chacha20poly1305Open,
  chacha20poly1305Seal,
  concatBytes,
  equalBytes,
  hmacSha256,
  randomBytes,
  utf8Encode,
  x25519,
  x25519PublicKey,
} from '@pubky/crypto'
import { ProtocolError } from '../errors.ts'

const INFO = 'pubky-grant-approval-hpke-v1'
const WIRE_PREFIX = 'pubky-hpke-v1\0'
/** DHKEM(X25519, HKDF-SHA256) */
const KEM_SUITE = 'KEM\0\x20'
/** The KEM with HKDF-SHA256 and ChaCha20Poly1305 */
const HPKE_SUITE = 'HPKE\0\x20\0\x01\0\x03'

const KEY_LENGTH = 32
const NONCE_LENGTH = 12
const NOTHING = new Uint8Array(0)

/** Bytes that sealing adds: prefix, encapsulated key and tag. */
export const APPROVAL_SEAL_OVERHEAD = 62

/**
 * Seals a message to the X25519 key of a link: HPKE base mode of RFC 9180, one message (spec 01 §16.2).
 * @param recipient `epk`, 32 bytes
 * @param ephemeralSecret 32 bytes, used once; random unless a test fixes it
 * @throws ProtocolError `approval-seal` for a key of low order
 */
export function sealApproval(
  message: Uint8Array,
  recipient: Uint8Array,
  ephemeralSecret = randomBytes(KEY_LENGTH),
): Uint8Array {
  const encapsulated = x25519PublicKey(ephemeralSecret)
  const shared = x25519(ephemeralSecret, recipient)
  if (!shared) throw new ProtocolError('approval-seal', 'failed to encrypt HPKE grant approval')
  const { key, nonce } = keySchedule(shared, encapsulated, recipient)
  return concatBytes(utf8Encode(WIRE_PREFIX), encapsulated, chacha20poly1305Seal(key, nonce, message, NOTHING))
}

/**
 * Opens what {@link sealApproval} made. Whatever is wrong, the error is one.
 * @param recipientSecret the X25519 secret of `epk`, 32 bytes
 * @throws ProtocolError `approval-sealed`
 */
export function openApproval(wire: Uint8Array, recipientSecret: Uint8Array): Uint8Array {
  const prefix = utf8Encode(WIRE_PREFIX)
  const sealedFrom = prefix.length + KEY_LENGTH
  if (wire.length <= sealedFrom || !equalBytes(wire.subarray(0, prefix.length), prefix)) throw cannotOpen()
  const encapsulated = wire.subarray(prefix.length, sealedFrom)
  const shared = x25519(recipientSecret, encapsulated)
  if (!shared) throw cannotOpen()
  const { key, nonce } = keySchedule(shared, encapsulated, x25519PublicKey(recipientSecret))
  const message = chacha20poly1305Open(key, nonce, wire.subarray(sealedFrom), NOTHING)
  if (!message) throw cannotOpen()
  return message
}

function keySchedule(
  diffieHellman: Uint8Array,
  encapsulated: Uint8Array,
  recipient: Uint8Array,
): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  const kemSecret = labeledExtract(KEM_SUITE, NOTHING, 'eae_prk', diffieHellman)
  const kemContext = concatBytes(encapsulated, recipient)
  const shared = labeledExpand(KEM_SUITE, kemSecret, 'shared_secret', kemContext, KEY_LENGTH)
  const context = concatBytes(
    new Uint8Array(1),
    labeledExtract(HPKE_SUITE, NOTHING, 'psk_id_hash', NOTHING),
    labeledExtract(HPKE_SUITE, NOTHING, 'info_hash', utf8Encode(INFO)),
  )
  const secret = labeledExtract(HPKE_SUITE, shared, 'secret', NOTHING)
  return {
    key: labeledExpand(HPKE_SUITE, secret, 'key', context, KEY_LENGTH),
    nonce: labeledExpand(HPKE_SUITE, secret, 'base_nonce', context, NONCE_LENGTH),
  }
}

function labeledExtract(suite: string, salt: Uint8Array, label: string, secret: Uint8Array): Uint8Array {
  return hmacSha256(salt, concatBytes(utf8Encode(`HPKE-v1${suite}${label}`), secret))
}

/** HKDF-Expand of at most one block, which is all that this suite asks for. */
function labeledExpand(suite: string, secret: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  const message = concatBytes(
    new Uint8Array([0, length]),
    utf8Encode(`HPKE-v1${suite}${label}`),
    info,
    new Uint8Array([1]),
  )
  return hmacSha256(secret, message).subarray(0, length)
}

function cannotOpen(): ProtocolError {
  return new ProtocolError('approval-sealed', 'invalid HPKE grant approval')
}
