/**
 * What most pages do not need at once: one part of the SDK that is loaded when the first of these is used. Everything
 * in here is reached by `import()` only, from methods that are asynchronous anyway.
 */
export { canUseDelegation, createDelegatedKey, loadDelegatedKey } from './browser/delegated-key-store.ts'
export {
  clearBrowserAuth,
  clearStoredSessions,
  listStoredSessions,
  removeStoredSession,
  restoreStoredSession,
  saveStoredSession,
  storedValues,
} from './browser/stored-sessions.ts'
export { listEncrypted, readEncrypted, streamEncrypted } from './encryption/encrypted-files.ts'
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
export { publishHomeserver } from './pkdns/publish-homeserver.ts'
export { approve } from './signer/approve.ts'
export { signup, signupCookie } from './signer/signup.ts'
export { refreshLock, releaseLock, takeLock, withLock } from './storage/locks.ts'
export { uploadFile } from './storage/upload.ts'
