import { ProtocolError } from '../errors.ts'
import { type Grant, parseGrantClaims } from './grant.ts'
import { decodeJwsPart } from './jws.ts'
import { splitJws } from './split-jws.ts'

/**
 * Reads a grant's claims without verifying anything, as an app may do with a grant that its homeserver will judge.
 * @throws ProtocolError `jws-parts`, `grant-format`
 */
export function decodeGrant(jws: string): Grant {
  const { payload } = splitJws(jws)
  try {
    return { ...parseGrantClaims(decodeJwsPart(payload)), jws }
  } catch (cause) {
    throw new ProtocolError('grant-format', 'Invalid grant: invalid grant format', { cause })
  }
}
