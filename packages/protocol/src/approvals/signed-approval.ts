import { base64UrlDecode, CryptoError, utf8Decode, utf8Encode, verifySignature } from '@pubky/crypto'
import { ContentKeyBundle } from '../content-keys/bundle.ts'
import { ProtocolError } from '../errors.ts'
import { type Grant, type GrantClaims, parseGrantClaims } from '../grants/grant.ts'
import type { CompactJws } from '../grants/jws.ts'
import { parseStrictJwsHeader } from '../grants/jws-header.ts'
import { JsonObject } from '../json.ts'

/** `typ` of a signed approval's header. */
export const APPROVAL_TYPE = 'pubky-grant-approval'

/** First member of the payload. */
export const APPROVAL_VERSION = 'v1'

/** A verified approval: the grant for the homeserver and the content keys for the app. */
export interface SignedApproval {
  /** Verified as part of the approval; its own signature is left to the homeserver. */
  readonly grant: Grant
  readonly keys: ContentKeyBundle
  /** The compact JWS, as received. It contains the keys. */
  readonly jws: string
}

/**
 * Verifies a signed approval, in the official order and with its messages (spec 01 §16.1).
 * @param approval compact JWS, as text or as the bytes that came out of the sealed message
 * @throws ProtocolError `approval-format`, `approval-header`, `approval-signature`, `approval-scopes`
 */
export function verifyApproval(approval: string | Uint8Array): SignedApproval {
  const jws = typeof approval === 'string' ? approval : textOf(approval)
  const parts = split(jws)
  const payload = payloadOf(parts)
  const grantJws = attempt(INVALID_PAYLOAD, () => payload.string('grant'))
  const grantPayload = payloadTextOf(split(grantJws))
  const claims = attempt(INVALID_PAYLOAD, () => parseGrantClaims(grantPayload))
  requireHeader(parts.header)
  requireSignature(parts, claims)
  const keys = attempt(INVALID_PAYLOAD, () => {
    payload.requireOnly('version', 'grant', 'encryption_keys')
    if (payload.string('version') !== APPROVAL_VERSION) throw new ProtocolError('json', 'unsupported version')
    return ContentKeyBundle.fromJsonObject(payload.object('encryption_keys'))
  })
  requireSameScopes(keys, claims)
  return { grant: { ...claims, jws: grantJws }, keys, jws }
}

const INVALID_PAYLOAD = 'invalid approval payload or unsupported version'

function textOf(bytes: Uint8Array): string {
  return attempt('invalid approval encoding', () => utf8Decode(bytes))
}

function split(jws: string): CompactJws {
  const [header, payload, signature, ...rest] = jws.split('.', 4)
  if (!header || !payload || !signature || rest.length > 0) {
    throw new ProtocolError('approval-format', 'invalid compact JWS')
  }
  return { header, payload, signature }
}

function payloadTextOf({ payload }: CompactJws): string {
  const bytes = attempt('invalid approval payload encoding', () => base64UrlDecode(payload))
  return attempt(INVALID_PAYLOAD, () => utf8Decode(bytes))
}

function payloadOf(parts: CompactJws): JsonObject {
  const text = payloadTextOf(parts)
  return attempt(INVALID_PAYLOAD, () => JsonObject.parse(text))
}

function requireHeader(part: string): void {
  const text = attempt('invalid JWS header encoding', () => utf8Decode(base64UrlDecode(part)), 'approval-header')
  const { alg, typ } = attempt('invalid or unsupported JWS header', () => parseStrictJwsHeader(text), 'approval-header')
  if (alg !== 'EdDSA' || typ !== APPROVAL_TYPE) {
    throw new ProtocolError('approval-header', 'unexpected JWS algorithm or type')
  }
}

function requireSignature({ header, payload, signature }: CompactJws, { issuer }: GrantClaims): void {
  const bytes = attempt('invalid JWS signature encoding', () => base64UrlDecode(signature), 'approval-signature')
  if (bytes.length !== 64) throw new ProtocolError('approval-signature', 'invalid JWS signature length')
  if (!verifySignature(issuer, utf8Encode(`${header}.${payload}`), bytes) || issuer.isSmallOrder()) {
    throw new ProtocolError('approval-signature', 'invalid JWS signature')
  }
}

function requireSameScopes(keys: ContentKeyBundle, { capabilities }: GrantClaims): void {
  const approved = new Set(capabilities.filter(({ actions }) => actions.includes('e')).map(({ scope }) => scope))
  const delivered = new Set(keys.scopes)
  if (approved.size !== delivered.size || ![...approved].every((scope) => delivered.has(scope))) {
    throw new ProtocolError('approval-scopes', 'encryption key scopes do not match the approved grant')
  }
}

/** Runs a parser and replaces its error: upstream texts are fixed, and causes could quote secrets. */
function attempt<T>(
  message: string,
  parse: () => T,
  code: 'approval-format' | 'approval-header' | 'approval-signature' = 'approval-format',
): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof CryptoError) throw new ProtocolError(code, message)
    throw error
  }
}
