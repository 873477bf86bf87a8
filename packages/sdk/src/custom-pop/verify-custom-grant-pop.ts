import {
  type CustomProofRules,
  formatCapability,
  ProtocolError,
  type ProtocolErrorCode,
  verifyCustomProof,
} from '@pubky/protocol'
import { nowSeconds } from '../auth/time.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { PublicKey } from '../keys/public-key.ts'
import type { CustomPop } from './create-custom-pop.ts'

/** How strictly a proof is judged. Everything but the clock skew is ours. */
export interface CustomPopRules {
  /** Clock difference that is forgiven, in seconds; 30 unless told. Never prolongs a grant. */
  readonly clockSkewSeconds?: number
  /** Oldest proof accepted, in seconds. */
  readonly maxAgeSeconds?: number
  /** Demands that `data` is an object whose `audience` is this text. */
  readonly audience?: string
  /** Remembers a nonce of a grant until `until` (Unix seconds) and tells whether it was new. */
  readonly remember?: (grantId: string, nonce: string, until: number) => boolean
}

/** What a verified proof says. Times are Unix seconds. */
export interface VerifiedCustomPop {
  /** The user who gave the grant. */
  readonly publicKey: PublicKey
  readonly clientId: string
  readonly grantId: string
  /** Of the grant; they mean nothing to a third party's own permissions. */
  readonly capabilities: readonly string[]
  readonly grantExpiresAt: number
  /** When the proof was made. */
  readonly issuedAt: number
  readonly nonce: string
  readonly data: unknown
}

/**
 * Verifies a proof that an app made with `createCustomPop`; needs no network (spec 01 §17). It does not tell whether
 * the grant was revoked meanwhile. The service still checks audience, challenge and age, here by `rules` or itself.
 * Throws `AuthenticationError` whose `data.code` names what is wrong.
 */
export function verifyCustomGrantPop(credential: CustomPop, rules: CustomPopRules = {}): VerifiedCustomPop {
  const { clockSkewSeconds, maxAgeSeconds, audience, remember } = rules
  const checked: CustomProofRules = {
    now: nowSeconds(),
    ...(clockSkewSeconds !== undefined && { skew: clockSkewSeconds }),
    ...(maxAgeSeconds !== undefined && { maxAge: maxAgeSeconds }),
    ...(audience !== undefined && { audience }),
    ...(remember !== undefined && { remember }),
  }
  requireTexts(credential)
  try {
    const { identity, grant, issuedAt, nonce, data } = verifyCustomProof(credential, checked)
    return {
      publicKey: new PublicKey(identity),
      clientId: grant.clientId,
      grantId: grant.grantId,
      capabilities: grant.capabilities.map(formatCapability),
      grantExpiresAt: grant.expiresAt,
      issuedAt,
      nonce,
      data,
    }
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw new PubkyError('AuthenticationError', cause.message, { data: { code: officialName(cause.code) }, cause })
  }
}

/** What a service gets is whatever somebody sent it. */
function requireTexts(credential: unknown): asserts credential is CustomPop {
  const { grant, pop } = Object(credential)
  if (typeof grant === 'string' && typeof pop === 'string') return
  throw new PubkyError('AuthenticationError', 'Malformed custom proof credentials', {
    data: { code: 'MalformedCredential' },
  })
}

/** The error names of the official verifier; ours keep their own. */
function officialName(code: ProtocolErrorCode): string {
  return OFFICIAL_NAMES[code] ?? code
}

const OFFICIAL_NAMES: Partial<Record<ProtocolErrorCode, string>> = {
  'proof-malformed': 'MalformedCredential',
  'proof-header': 'UnsupportedHeader',
  'proof-grant-signature': 'InvalidGrantSignature',
  'proof-signature': 'InvalidProofSignature',
  'proof-grant-mismatch': 'GrantMismatch',
  'proof-grant-validity': 'InvalidGrant',
  'proof-grant-expired': 'GrantExpired',
  'proof-grant-not-yet-valid': 'GrantNotYetValid',
  'proof-not-yet-valid': 'ProofNotYetValid',
  'proof-outside-grant': 'ProofOutsideGrantValidity',
}
