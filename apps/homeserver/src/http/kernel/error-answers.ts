import { HomeserverError, type HomeserverErrorCode } from '../../error.ts'
import { HttpError } from './http-error.ts'

/** Status of each refusal of the inner layers (spec 02 §13.2). Body texts come with the error. */
const STATUS_OF: Readonly<Record<HomeserverErrorCode, number>> = {
  'no-session': 401,
  'wrong-session-kind': 401,
  'session-unknown': 401,
  'session-expired': 401,
  'session-unlisted': 404,
  'wrong-tenant': 403,
  'root-required': 403,
  'write-outside-roots': 403,
  'write-not-granted': 403,
  'read-outside-roots': 403,
  'read-needs-session': 401,
  'read-needs-one-user': 403,
  'read-not-granted': 403,

  'user-unknown': 404,
  'user-exists': 409,
  'user-disabled': 403,
  'auth-token-invalid': 400,
  'auth-token-replayed': 400,
  'signup-token-malformed': 400,
  'signup-token-required': 400,
  'signup-token-invalid': 401,
  'signup-token-used': 401,
  'signup-token-unknown': 404,
  'signup-tokens-not-required': 400,
  'quota-invalid': 422,
  'cursor-unknown': 400,

  'grant-malformed': 400,
  'grant-signature': 401,
  'grant-type': 400,
  'grant-expired': 401,
  'grant-id-in-use': 401,
  'signup-grant-client': 400,
  'signup-grant-iat': 400,
  'signup-grant-lifetime': 400,
  'pop-signature': 401,
  'pop-type': 401,
  'pop-audience': 401,
  'pop-grant': 401,
  'pop-timestamp': 401,
  'pop-replayed': 401,
  'grant-revoked': 401,
  'grant-lapsed': 401,
  'grant-id-malformed': 400,
  'grant-unknown': 404,
  'grant-not-yours': 403,

  'entry-unknown': 404,
  'directory-unknown': 404,
  'cursor-invalid': 400,
  'quota-exceeded': 507,
  'disk-full': 507,
  'object-too-large': 413,
  'write-path-not-allowed': 403,
  'path-collision': 409,
  'stream-broken': 400,
  'precondition-failed': 412,
  'body-corrupt': 500,

  'resource-locked': 423,
  'lock-lost': 412,
  'lock-unknown': 409,
  'too-many-locks': 429,

  'streams-unavailable': 503,
  'too-many-streams': 503,

  'storage-failed': 500,
  closed: 503,
}

/** What a client is told when something broke; details stay in the log (spec 02 §13.2). */
const INTERNAL_ERROR = 'Internal server error'

/** Any error as the answer it deserves. Everything unknown is a bare 500. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error
  if (!(error instanceof HomeserverError)) return new HttpError(500, INTERNAL_ERROR, { cause: error })
  const status = STATUS_OF[error.code]
  const headers = error.retryAfterSeconds === undefined ? [] : ['retry-after', String(error.retryAfterSeconds)]
  return new HttpError(status, status === 500 ? INTERNAL_ERROR : error.message, { headers, cause: error })
}
