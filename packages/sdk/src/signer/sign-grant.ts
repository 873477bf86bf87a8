import { base64UrlEncode, type Keypair, type PublicKey, randomBytes } from '@pubky/crypto'
import { type Capabilities, type Grant, parseCapabilities, signGrant } from '@pubky/protocol'
import { nowSeconds } from '../auth/time.ts'

/** The capabilities of a user's own sessions. */
export function rootCapabilities(): Capabilities {
  return parseCapabilities('/:rw')
}

/** Signs a fresh grant. @param lifetime seconds */
export function newGrant(
  user: Keypair,
  claims: {
    readonly clientId: string
    readonly capabilities: Capabilities
    readonly clientKey: PublicKey
    readonly lifetime: number
  },
): Grant {
  const issuedAt = nowSeconds()
  const { clientId, capabilities, clientKey, lifetime } = claims
  const grantId = base64UrlEncode(randomBytes(16))
  return signGrant({ clientId, capabilities, clientKey, grantId, issuedAt, expiresAt: issuedAt + lifetime }, user)
}
