/**
 * What most pages do not need at once: one part of the SDK that is loaded when the first of these is used. Everything
 * in here is reached by `import()` only, from methods that are asynchronous anyway.
 */
export { signinWithToken } from './auth/cookie-signin.ts'
export { signinWithGrant } from './auth/grant-signin.ts'
export { canUseDelegation, createDelegatedKey } from './browser/delegated-key-store.ts'
export {
  clearBrowserAuth,
  clearStoredSessions,
  listStoredSessions,
  removeStoredSession,
  restoreStoredSession,
  saveStoredSession,
  storedValues,
} from './browser/stored-sessions.ts'
export { createCustomPop } from './custom-pop/create-custom-pop.ts'
export {
  encryptedExists,
  listEncrypted,
  readEncrypted,
  readEncryptedJson,
  streamEncrypted,
} from './encryption/encrypted-files.ts'
export { identityExchangeKey, identityExchangeSecret } from './encryption/identity-exchange-key.ts'
export { sealFile } from './encryption/sealed-file.ts'
export { sealedStreamLength, sealStream } from './encryption/sealed-stream.ts'
export {
  deleteShare,
  fetchSharingKey,
  publishSharingKey,
  readShares,
  writeShare,
} from './encryption/sharing-files.ts'
export { followEvents, subscribeEvents } from './events/receive-events.ts'
export { openGrant } from './flows/open-grant.ts'
export { openToken } from './flows/open-token.ts'
export { acknowledge, pollRelay } from './flows/relay-poll.ts'
export { delegatedRequestOf } from './flows/resume-delegated-grant.ts'
export { publishHomeserver } from './pkdns/publish-homeserver.ts'
export { listGrants, revokeGrant } from './session/grants.ts'
export { restoreCookieExport, restoreSession } from './session/restore.ts'
export { approveRequest, approveRequestInPart, handleRequest } from './signer/requests.ts'
export { signin } from './signer/signin.ts'
export { signup, signupCookie } from './signer/signup.ts'
export { refreshLock, releaseLock, takeLock, withLock } from './storage/locks.ts'
export { uploadFile } from './storage/upload.ts'
