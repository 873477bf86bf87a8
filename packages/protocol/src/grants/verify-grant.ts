import { ProtocolError } from '../errors.ts'
import { decodeGrant } from './decode-grant.ts'
import { GRANT_TYPE, type Grant } from './grant.ts'
import { verifyJwsSignature } from './jws.ts'
import { parseJwsHeader } from './lenient-jws-header.ts'
import { splitJws } from './split-jws.ts'

/**
 * Verifies claims, signature and type of a grant, in the official order (spec 01 §5.4, G1–G3). Its end is not looked
 * at: see `requireUnexpired`. Grants of or to keys for which anybody can sign are refused.
 * @throws ProtocolError `jws-parts`, `grant-format`, `grant-signature`, `grant-type`
 */
export function verifyGrant(jws: string): Grant {
  const grant = decodeGrant(jws)
  const parts = splitJws(jws)
  const header = headerOf(parts.header)
  const isSigned = header?.alg === 'EdDSA' && verifyJwsSignature(parts, grant.issuer)
  if (!isSigned || grant.issuer.isSmallOrder() || grant.clientKey.isSmallOrder()) {
    throw new ProtocolError('grant-signature', 'Invalid grant: invalid grant signature')
  }
  if (header.typ !== GRANT_TYPE) {
    throw new ProtocolError('grant-type', `Invalid grant: invalid grant header type, expected ${GRANT_TYPE}`)
  }
  return grant
}

function headerOf(part: string): ReturnType<typeof parseJwsHeader> | undefined {
  try {
    return parseJwsHeader(part)
  } catch {
    return undefined
  }
}
