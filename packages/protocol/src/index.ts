export { APPROVAL_SEAL_OVERHEAD, openApproval, sealApproval } from './approvals/hpke.ts'
export { type GrantRequest, requireAnswerTo, requireWithin } from './approvals/received-grant.ts'
export { signApproval } from './approvals/sign-approval.ts'
export { APPROVAL_TYPE, type SignedApproval, verifyApproval } from './approvals/signed-approval.ts'
export { type AuthToken, parseAuthToken, replayId, verifyAuthToken } from './auth-token.ts'
export {
  allows,
  asksForContentKeys,
  type Capabilities,
  CapabilityListError,
  formatCapabilities,
  includesRoot,
  normalizeCapabilities,
  parseCapabilities,
  parseCapabilityEntries,
} from './capabilities/capabilities.ts'
export {
  type Action,
  type Actions,
  type Capability,
  capabilityCovers,
  createCapability,
  formatCapability,
  isRootCapability,
  parseCapability,
} from './capabilities/capability.ts'
export { isWithin } from './capabilities/is-within.ts'
export { ContentKeyBundle } from './content-keys/bundle.ts'
export { bundleFromPostcard, bundleToPostcard } from './content-keys/bundle-postcard.ts'
export { deriveScopeSecret } from './content-keys/derivation.ts'
export { createAuthToken } from './create-auth-token.ts'
export { ProtocolError, type ProtocolErrorCode } from './errors.ts'
export { type Cursor, parseCursor, parseLegacyCursor } from './events/cursor.ts'
export { decodeEvent, type EventRecord, type EventType, type StorageEvent } from './events/event.ts'
export { type Feed, type FeedEntry, formatFeed, parseFeed } from './events/feed.ts'
export {
  createSseDecoder,
  DEFAULT_MAX_EVENT_BYTES,
  formatSseEvent,
  type SseDecoder,
  type SseMessage,
} from './events/sse.ts'
export { decodeGrant } from './grants/decode-grant.ts'
export {
  GRANT_TYPE,
  type Grant,
  type GrantClaims,
  isGrantId,
  requireSessionClientId,
  requireSignupGrant,
  requireUnexpired,
} from './grants/grant.ts'
export { type GrantExchange, parseGrantExchange } from './grants/grant-exchange.ts'
export { parseStoredCredential, requireApprovalOf } from './grants/parse-stored-credential.ts'
export { POP_TYPE, type PopClaims, type PopExpectation, popSigningInput, verifyPop } from './grants/pop.ts'
export { formatGrantClaims, signGrant } from './grants/sign-grant.ts'
export { attachSignature } from './grants/sign-jws.ts'
export { formatStoredCredential, type StoredCredential } from './grants/stored-credential.ts'
export { verifyGrant } from './grants/verify-grant.ts'
export type {
  ApprovalFormat,
  DeepLink,
  DirectSignupLink,
  GrantChannel,
  LinkCallbacks,
  LinkIntent,
  LinkScheme,
  SecretExportLink,
  SigninGrantLink,
  SigninLink,
  SignupGrantLink,
  SignupLink,
} from './links/deep-link.ts'
export { formatDeepLink } from './links/format-link.ts'
export { parseDeepLink } from './links/parse-link.ts'
export { type FlowSigner, formatPendingFlow, type PendingFlow, parsePendingFlow } from './links/pending-flow.ts'
export { type RelayKind, relayChannelId, relayChannelUrl, relayKind } from './links/relay-channel.ts'
export {
  AUTH_TOKEN_WINDOW,
  BEARER_LIFETIME,
  BEARER_REFRESH_SLACK,
  COOKIE_LIFETIME,
  CUSTOM_PROOF_SKEW,
  DEFAULT_HTTP_RELAY,
  FEATURE_GRANT_PROOF_LOGOUT,
  FEATURE_PATH_ADDRESSED_STORAGE,
  FEATURE_WEBDAV_LOCKS,
  FEATURE_WEBSITES,
  GRANT_LIFETIME,
  HTTP_PORT_SVC_PARAM,
  POP_WINDOW,
  PRIVATE_ROOT,
  PUBKY_HOST,
  PUBLIC_ROOT,
  REPLAY_MEMORY,
  SIGNUP_CLIENT_ID,
  SIGNUP_GRANT_LIFETIME,
  SIGNUP_TOKEN_QUERY,
  TESTNET_PORTS,
  USER_HOST_LABEL,
} from './names.ts'
export { createCustomProof, customProofSigningInput } from './proofs/create-custom-proof.ts'
export {
  CUSTOM_PROOF_TYPE,
  type CustomProof,
  type CustomProofClaims,
  type CustomProofCredential,
  type CustomProofRules,
  verifyCustomProof,
} from './proofs/custom-proof.ts'
export { decodeSessionRecord } from './sessions/decode-session-record.ts'
export {
  bearerExpiry,
  bearerHash,
  formatBearer,
  type GrantInfo,
  type GrantSessionInfo,
  type GrantSessionResponse,
  isRefreshDue,
  parseBearer,
} from './sessions/grant-session.ts'
export { encodeSessionRecord, type SessionRecord } from './sessions/session-record.ts'
export { normalizeStoragePath } from './storage/normalize-path.ts'
export { percentDecodePath, percentEncodePath } from './storage/percent.ts'
export { hostAddressedUrl, parseResourcePath, Resource, userOfHost } from './storage/resource.ts'
export {
  isDirectory,
  MAX_PATH_BYTES,
  MAX_SEGMENT_BYTES,
  parseStoragePath,
  type StoragePath,
  scopeCovers,
} from './storage/storage-path.ts'
export {
  isPathAddressed,
  parseHostAddressedPath,
  parseStorageTarget,
  type StorageTarget,
} from './storage/storage-target.ts'
export { decodeTimestamp, encodeTimestamp, formatTimestamp, parseTimestamp, type Timestamp } from './timestamp.ts'
export { createTimestampSource } from './timestamp-source.ts'
