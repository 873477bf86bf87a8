import { createECDH, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import { ALERT } from './alerts.ts'
import { violation } from './errors.ts'

/** An (EC)DHE group of this profile. */
export interface NamedGroup {
  readonly id: number
  readonly name: 'x25519' | 'secp256r1'
  /** Exact length of a share on the wire. */
  readonly shareLength: number
}

/** In the order in which our client offers them; it sends a share for the first. */
export const NAMED_GROUPS: readonly [NamedGroup, NamedGroup] = [
  { id: 0x001d, name: 'x25519', shareLength: 32 },
  { id: 0x0017, name: 'secp256r1', shareLength: 65 },
]

/** The group of a wire number, or `undefined` when this profile lacks it. */
export function namedGroupOf(id: number): NamedGroup | undefined {
  return NAMED_GROUPS.find((group) => group.id === id)
}

/** One side's ephemeral key. */
export interface KeyShare {
  readonly group: NamedGroup
  /** As sent in key_share. */
  readonly publicValue: Buffer
  /**
   * The shared secret with a peer's share.
   * @throws TlsError `protocol-violation` (47) for a share of wrong length, off the curve, or of small order
   */
  agree(peerShare: Buffer): Buffer
}

/** Makes a fresh ephemeral key. */
export function generateKeyShare(group: NamedGroup): KeyShare {
  return group.name === 'x25519' ? x25519Share(group) : p256Share(group)
}

function x25519Share(group: NamedGroup): KeyShare {
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  // Node gives raw key bytes only inside a JWK; it is also far cheaper than its DER encoder.
  const { x } = publicKey.export({ format: 'jwk' })
  if (x === undefined) throw new Error('x25519 public key without a value')
  return {
    group,
    publicValue: Buffer.from(x, 'base64url'),
    agree: (peerShare) => agreeX25519(privateKey, group, peerShare),
  }
}

/** Shared secret of an X25519 private key and a peer's share. @throws TlsError `protocol-violation` (47) */
export function agreeX25519(
  privateKey: ReturnType<typeof generateKeyPairSync>['privateKey'],
  group: NamedGroup,
  peerShare: Buffer,
): Buffer {
  checkLength(group, peerShare)
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'X25519', x: peerShare.toString('base64url') },
    format: 'jwk',
  })
  try {
    // OpenSSL refuses an all-zero result itself, as RFC 8446 §7.4.2 demands.
    return diffieHellman({ privateKey, publicKey })
  } catch {
    throw violation(ALERT.illegalParameter, 'x25519 share of small order')
  }
}

function p256Share(group: NamedGroup): KeyShare {
  const ecdh = createECDH('prime256v1')
  const publicValue = ecdh.generateKeys()
  return {
    group,
    publicValue,
    agree(peerShare) {
      checkLength(group, peerShare)
      if (peerShare[0] !== UNCOMPRESSED_POINT) {
        throw violation(ALERT.illegalParameter, 'secp256r1 share is not an uncompressed point')
      }
      try {
        return ecdh.computeSecret(peerShare)
      } catch {
        throw violation(ALERT.illegalParameter, 'secp256r1 share is not on the curve')
      }
    },
  }
}

function checkLength(group: NamedGroup, share: Buffer): void {
  if (share.length === group.shareLength) return
  throw violation(ALERT.illegalParameter, `${group.name} share has ${share.length} bytes, not ${group.shareLength}`)
}

const UNCOMPRESSED_POINT = 4
