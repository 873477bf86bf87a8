import { ProtocolError, type ProtocolErrorCode } from '@pubky/protocol'
import { HomeserverError, type HomeserverErrorCode } from '../error.ts'

const CODES: Partial<Record<ProtocolErrorCode, HomeserverErrorCode>> = {
  'jws-parts': 'grant-malformed',
  'grant-format': 'grant-malformed',
  'grant-client-id': 'grant-malformed',
  'grant-signature': 'grant-signature',
  'grant-type': 'grant-type',
  'grant-expired': 'grant-expired',
  'signup-grant-client-id': 'signup-grant-client',
  'signup-grant-not-root': 'root-required',
  'signup-grant-in-future': 'signup-grant-iat',
  'signup-grant-lifetime': 'signup-grant-lifetime',
  'pop-signature': 'pop-signature',
  'pop-type': 'pop-type',
  'pop-audience': 'pop-audience',
  'pop-grant-id': 'pop-grant',
  'pop-time': 'pop-timestamp',
}

/** Runs a check of the protocol; its refusals become the homeserver's, with their official texts. */
export function checked<Value>(otherwise: HomeserverErrorCode, check: () => Value): Value {
  try {
    return check()
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw new HomeserverError(CODES[cause.code] ?? otherwise, cause.message, { cause })
  }
}
