import { formatStoredCredential } from '@pubky/protocol'
import { clientStateError } from '../errors/client-state.ts'
import type { GrantCredential } from './grant-credential.ts'
import { LocalPopKey } from './pop-key.ts'

/** The text that restores a grant session (spec 05 §7.5). Throws `ClientStateError` for delegated keys. */
export function exportGrantSecret({ homeserver, key, grant, approval }: GrantCredential): string {
  if (!(key instanceof LocalPopKey)) {
    throw clientStateError('Delegated grant sessions cannot export raw secret material. Use BrowserSessionStore.')
  }
  const stored = { homeserver, client: key.keypair, grant }
  if (approval === undefined) return formatStoredCredential(stored)
  return formatStoredCredential({ ...stored, approval: { grant, keys: approval.keys.bundle, jws: approval.jws } })
}
