import { HomeserverError } from '../error.ts'
import type { Session } from './session.ts'

/**
 * May this session write to that path of that user? Order and meaning of spec 02 §7.4.
 * @param path normalised storage path
 * @throws HomeserverError `no-session`, `write-outside-roots`, `wrong-tenant`, `write-not-granted`
 */
export function authorizeWrite(session: Session | undefined, tenant: string, path: string): Session {
  if (session === undefined) throw new HomeserverError('no-session', 'No authenticated session found')
  if (!path.startsWith('/pub/') && !path.startsWith('/priv/')) {
    throw new HomeserverError(
      'write-outside-roots',
      "Writing to directories other than '/pub/' and '/priv/' is forbidden",
    )
  }
  if (session.user !== tenant) {
    throw new HomeserverError('wrong-tenant', 'Session user does not match target tenant')
  }
  if (!session.scopes.some((entry) => entry.write && covers(entry.scope, path))) {
    throw new HomeserverError('write-not-granted', 'Session does not have write access to path')
  }
  return session
}

/**
 * May this session (or nobody) read that path? Order and meaning of spec 02 §7.5; `users` counts the target users of
 * an event stream.
 * @throws HomeserverError `read-outside-roots`, `read-needs-session`, `read-needs-one-user`, `wrong-tenant`,
 *   `read-not-granted`
 */
export function authorizeRead(session: Session | undefined, tenant: string | undefined, path: string, users = 1): void {
  if (path.startsWith('/pub/')) return
  if (!path.startsWith('/priv/')) {
    throw new HomeserverError(
      'read-outside-roots',
      "Reading from directories other than '/pub/' and '/priv/' is forbidden",
    )
  }
  if (session === undefined) {
    throw new HomeserverError('read-needs-session', 'Authentication required to read private storage')
  }
  if (users !== 1) {
    throw new HomeserverError('read-needs-one-user', 'A private read must be scoped to exactly one user')
  }
  if (session.user !== tenant) {
    throw new HomeserverError('wrong-tenant', 'Session user does not match target tenant')
  }
  if (!session.scopes.some((entry) => entry.read && covers(entry.scope, path))) {
    throw new HomeserverError('read-not-granted', 'Session does not have read access to path')
  }
}

/**
 * Passes a session with root capability.
 * @throws HomeserverError `no-session`, `root-required`
 */
export function requireRoot(session: Session | undefined): Session {
  if (session === undefined) throw new HomeserverError('no-session', 'No authenticated session found')
  if (!session.isRoot) throw new HomeserverError('root-required', 'Root capability required')
  return session
}

/** Spec 02 §7.3: equal, or below a scope that ends with `/`. */
function covers(scope: string, path: string): boolean {
  return scope === path || (scope.endsWith('/') && path.startsWith(scope))
}
