import {
  type CustomProofRules,
  formatCapability,
  ProtocolError,
  type ProtocolErrorCode,
  verifyCustomProof,
} from '@pubky/protocol'
import { nowSeconds } from '../auth/time.ts'
import { invalidInput } from '../errors/create.ts'
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

/** The claims of a grant as they were signed. Keys are z-base-32 texts, times Unix seconds. */
export interface VerifiedGrantClaims {
  readonly iss: string
  readonly client_id: string
  readonly caps: string[]
  readonly cnf: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
}

/** What a verified proof says. Times are Unix seconds. */
export interface VerifiedCustomPop {
  /** z-base-32 key of the user who gave the grant, and what the grant says, under their official names. */
  readonly identity: string
  readonly grantClaims: VerifiedGrantClaims
  /** The official name of {@link issuedAt}. */
  readonly iat: number
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
 * Throws `AuthenticationError` whose `data.code` names what is wrong, `InvalidInput` for a
 * clock skew that is none.
 */
export function verifyCustomGrantPop(credential: CustomPop, rules: CustomPopRules = {}): VerifiedCustomPop {
  const { clockSkewSeconds, maxAgeSeconds, audience, remember } = rules
  if (clockSkewSeconds !== undefined && clockSkewSeconds >>> 0 !== clockSkewSeconds) {
    throw invalidInput(`clockSkewSeconds must be an integer of at most 32 bits, got ${clockSkewSeconds}`)
  }
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
    const caps = grant.capabilities.map(formatCapability)
    return {
      publicKey: new PublicKey(identity),
      clientId: grant.clientId,
      grantId: grant.grantId,
      capabilities: caps,
      grantExpiresAt: grant.expiresAt,
      identity: identity.z32(),
      grantClaims: {
        iss: grant.issuer.z32(),
        client_id: grant.clientId,
        caps,
        cnf: grant.clientKey.z32(),
        jti: grant.grantId,
        iat: grant.issuedAt,
        exp: grant.expiresAt,
      },
      issuedAt,
      iat: issuedAt,
      nonce,
      data,
    }
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw refusal(cause.message, officialName(cause.code), cause)
  }
}

/** What a service gets is whatever somebody sent it. */
function requireTexts(credential: unknown): asserts credential is CustomPop {
  const { grant, pop } = Object(credential)
  if (typeof grant === 'string' && typeof pop === 'string') return
  throw refusal('Malformed custom proof credentials', 'MalformedCredential')
}

function refusal(message: string, code: string, cause?: unknown): PubkyError {
  return new PubkyError('AuthenticationError', message, { data: { code }, cause })
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
