/** Every way in which this package refuses its input, grouped by the chapters of spec 01. */
export type ProtocolErrorCode =
  // §2 capabilities
  | 'capability-format'
  | 'capability-no-action'
  | 'capability-action'
  | 'capability-scope-delimiter'
  | 'capability-scope'
  | 'capability-list'
  // §3 storage paths, resources, URLs
  | 'path-not-absolute'
  | 'path-empty-segment'
  | 'path-current-directory'
  | 'path-parent-directory'
  | 'path-above-root'
  | 'path-control-character'
  | 'path-backslash'
  | 'path-trailing-whitespace'
  | 'path-segment-too-long'
  | 'path-too-long'
  | 'path-encoding'
  | 'storage-target'
  | 'resource'
  // Binary records: §4, §6, §15.3
  | 'bytes-truncated'
  | 'bytes-varint'
  | 'bytes-utf8'
  | 'bytes-value'
  // §4 AuthToken
  | 'token-too-long'
  | 'token-version'
  | 'token-namespace'
  | 'token-trailing-bytes'
  | 'token-in-future'
  | 'token-in-past'
  | 'token-signature'
  // §5 grants
  | 'json'
  | 'jws-parts'
  | 'grant-format'
  | 'grant-signature'
  | 'grant-type'
  | 'grant-expired'
  | 'grant-client-id'
  | 'pop-signature'
  | 'pop-type'
  | 'pop-audience'
  | 'pop-grant-id'
  | 'pop-time'
  | 'signup-grant-client-id'
  | 'signup-grant-not-root'
  | 'signup-grant-in-future'
  | 'signup-grant-lifetime'
  | 'grant-exchange'
  | 'grant-request-mismatch'
  // §5.7 deep links
  | 'link-url'
  | 'link-scheme'
  | 'link-intent'
  | 'link-missing-parameter'
  | 'link-parameter'
  // §5.8 client-held state
  | 'credential-version'
  | 'credential-format'
  | 'credential-value'
  | 'credential-expired'
  | 'credential-mismatch'
  | 'flow-state'
  | 'flow-mismatch'
  // §6 cookie session record
  | 'record-empty'
  | 'record-version'
  // §9 events
  | 'cursor'
  | 'event-too-large'
  // §10 timestamps
  | 'timestamp'
  // §15 content keys
  | 'content-key-directory'
  | 'content-key-not-covered'
  | 'content-key-bundle'
  | 'content-key-conflict'
  // §16 grant approval
  | 'approval-format'
  | 'approval-header'
  | 'approval-signature'
  | 'approval-scopes'
  | 'approval-sealed'
  | 'approval-seal'
  // §17 custom proofs
  | 'proof-malformed'
  | 'proof-header'
  | 'proof-grant-signature'
  | 'proof-signature'
  | 'proof-grant-mismatch'
  | 'proof-grant-validity'
  | 'proof-grant-expired'
  | 'proof-grant-not-yet-valid'
  | 'proof-not-yet-valid'
  | 'proof-outside-grant'
  | 'proof-too-old'
  | 'proof-audience'
  | 'proof-replayed'

/**
 * The only error this package throws for bad input. Messages are the official texts, fit to be shown or sent, and
 * never contain secrets; switch on `code`, not on the message.
 */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError'
  readonly code: ProtocolErrorCode

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
