export { AuthToken } from './auth/auth-token.ts'
export { BrowserSessionStore } from './browser/browser-session-store.ts'
export { StoredSessionInfo } from './browser/stored-session-info.ts'
export { Client } from './client.ts'
export type { CustomPop } from './custom-pop/create-custom-pop.ts'
export {
  type CustomPopRules,
  type VerifiedCustomPop,
  type VerifiedGrantClaims,
  verifyCustomGrantPop,
} from './custom-pop/verify-custom-grant-pop.ts'
export { EncryptedStorage, type EncryptedUploadOptions } from './encryption/encrypted-storage.ts'
export type { DecryptionErrorCode } from './encryption/errors.ts'
export {
  type RestoredEncryptionKeys,
  ScopedEncryptionKeys,
  ScopedEncryptionKeys as EncryptionKeys,
} from './encryption/scoped-encryption-keys.ts'
export { SharedStorage } from './encryption/shared-storage.ts'
export {
  PubkyError,
  type PubkyErrorName,
  type RequestErrorDetails,
  type RequestErrorKind,
} from './errors/pubky-error.ts'
export { Event } from './events/event.ts'
export { EventStreamBuilder } from './events/event-stream-builder.ts'
export { AuthFlow } from './flows/auth-flow.ts'
export { AuthFlowKind } from './flows/auth-flow-kind.ts'
export { GrantAuthFlow } from './flows/grant-auth-flow.ts'
export type { GrantAuthFlowOptions } from './flows/grant-request.ts'
export { Keypair } from './keys/keypair.ts'
export { PublicKey } from './keys/public-key.ts'
export { DirectSignupDeepLink } from './links/direct-signup-deep-link.ts'
export { SeedExportDeepLink } from './links/seed-export-deep-link.ts'
export { SigninDeepLink } from './links/signin-deep-link.ts'
export { SigninGrantDeepLink } from './links/signin-grant-deep-link.ts'
export { SignupDeepLink } from './links/signup-deep-link.ts'
export { SignupGrantDeepLink } from './links/signup-grant-deep-link.ts'
export { type Level, setLogLevel } from './log.ts'
export { Pkdns } from './pkdns/pkdns.ts'
export { Pubky } from './pubky.ts'
export { resolvePubky } from './resolve-pubky.ts'
export { PubkyResource } from './resource.ts'
export { CookieSession } from './session/cookie-session.ts'
export { GrantInfo } from './session/grant-info.ts'
export { GrantManager } from './session/grant-manager.ts'
export { GrantSession } from './session/grant-session.ts'
export { GrantSessionInfo } from './session/grant-session-info.ts'
export { Session } from './session/session.ts'
export { SessionInfo } from './session/session-info.ts'
export { Signer } from './signer/signer.ts'
export type { DownloadOptions } from './storage/download.ts'
export type { EntriesOptions, ListedEntry } from './storage/entries.ts'
export type { TransferProgress } from './storage/progress.ts'
export { PublicStorage } from './storage/public-storage.ts'
export { SessionStorage } from './storage/session-storage.ts'
export { StorageLock } from './storage/storage-lock.ts'
export type { UploadBody, UploadOptions, UploadResult } from './storage/upload.ts'
export type {
  Address,
  Capabilities,
  CapabilityAction,
  CapabilityEntry,
  CapabilityScope,
  Path,
  PkarrConfig,
  PubkyClientConfig,
  ResourceStats,
  XCallbackParams,
} from './types.ts'
export { validateCapabilities } from './validate-capabilities.ts'
