import { base64UrlEncode, randomBytes } from '@pubky/crypto'
import { customProofSigningInput, type Grant } from '@pubky/protocol'
import type { GrantCredential } from '../auth/grant-credential.ts'
import { signJws } from '../auth/sign-jws.ts'
import { nowSeconds } from '../auth/time.ts'
import { invalidInput, messageOf } from '../errors/create.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { jsonText } from '../storage/json-body.ts'

/** What an app shows a third-party service. It names the user, the app and its capabilities: send it over TLS only. */
export interface CustomPop {
  /** The grant, a compact JWS. */
  readonly grant: string
  /** The proof, a compact JWS. */
  readonly pop: string
}

/**
 * Signs data with the key of a grant (spec 01 §17). Rejects with `AuthenticationError` for a grant that is over or
 * invalid, with `ClientStateError` for a key or session that is gone, with `InvalidInput` for data that JSON cannot say.
 */
export async function createCustomPop(credential: GrantCredential, data: unknown): Promise<CustomPop> {
  const { sharing } = credential
  return await (sharing === undefined ? signPop(credential, data) : sharing.guard(() => signPop(credential, data)))
}

async function signPop({ grant, key }: GrantCredential, data: unknown): Promise<CustomPop> {
  requireUsable(grant, nowSeconds())
  if (!key.publicKey.equals(grant.clientKey)) {
    throw proofError('Invalid grant: signing key does not match the grant cnf')
  }
  const signingInput = customProofSigningInput({
    grantId: grant.grantId,
    issuedAt: nowSeconds(),
    nonce: base64UrlEncode(randomBytes(16)),
    data: plainJson(data),
  })
  const pop = await signJws(key, signingInput)
  // Signing may have waited for a person or a device.
  requireUsable(grant, nowSeconds())
  return { grant: grant.jws, pop }
}

function plainJson(data: unknown): unknown {
  try {
    return JSON.parse(jsonText(data))
  } catch (cause) {
    throw invalidInput(messageOf(cause), cause)
  }
}

function requireUsable(grant: Grant, now: number): void {
  if (grant.expiresAt <= now) throw proofError('Grant has expired')
  if (grant.issuedAt >= grant.expiresAt) throw proofError('Invalid grant: invalid validity period')
}

function proofError(message: string): PubkyError {
  return new PubkyError('AuthenticationError', message)
}
