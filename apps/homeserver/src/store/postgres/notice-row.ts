import type { StoreNotice } from '../store.ts'

/** What a row of the notices says; undefined for anything this version does not know. */
export function parseNotice(kind: string, subject: string): StoreNotice | undefined {
  const id = /^[1-9][0-9]{0,15}$/.test(subject) ? Number(subject) : Number.NaN
  switch (kind) {
    case 'bearer-replaced':
    case 'grant-revoked':
      return { kind, grantId: subject }
    case 'cookie-session-revoked':
      return Number.isSafeInteger(id) ? { kind, sessionId: id } : undefined
    case 'user-changed':
    case 'user-deleted':
      return Number.isSafeInteger(id) ? { kind, userId: id } : undefined
    default:
      return undefined
  }
}
