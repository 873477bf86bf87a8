import type { PublicKey } from '@pubky/crypto'
import type { Capabilities } from '../capabilities/capabilities.ts'
import { isWithin } from '../capabilities/is-within.ts'
import { ProtocolError } from '../errors.ts'
import type { GrantClaims } from '../grants/grant.ts'

/** What an app asked for. */
export interface GrantRequest {
  readonly clientId: string
  readonly clientKey: PublicKey
  readonly capabilities: Capabilities
}

/**
 * Checks that a received grant answers the app's own request (spec 01 §5.7). Whether it has ended is left to the
 * homeserver's clock.
 * @throws ProtocolError `grant-request-mismatch`
 */
export function requireAnswerTo(request: GrantRequest, grant: GrantClaims): void {
  if (!grant.clientKey.equals(request.clientKey) || grant.clientId !== request.clientId) {
    throw mismatch('approved grant does not match the requesting client')
  }
  if (grant.issuedAt >= grant.expiresAt) throw mismatch('approved grant has invalid timestamps')
  requireWithin(grant.capabilities, request.capabilities)
}

/**
 * Refuses an approval that goes beyond the request; signers check it before they sign (spec 01 §5.7).
 * @throws ProtocolError `grant-request-mismatch`
 */
export function requireWithin(approved: Capabilities, requested: Capabilities): void {
  if (!isWithin(approved, requested)) throw mismatch('approved capabilities exceed the pending request')
}

function mismatch(message: string): ProtocolError {
  return new ProtocolError('grant-request-mismatch', message)
}
