import { type GrantInfo, isGrantId } from '@pubky/protocol'
import { readGrantInfos } from '../auth/grant-session-json.ts'
import type { SessionCredential } from '../auth/session-credential.ts'
import { invalidInput } from '../errors/create.ts'
import type { ClientCore } from '../http/client-core.ts'
import { discard } from '../http/discard.ts'
import { userHost } from '../http/key-host.ts'

/** A user's grants that are neither revoked nor over. */
export async function listGrants(core: ClientCore, credential: SessionCredential): Promise<GrantInfo[]> {
  return await readGrantInfos(await request(core, credential, 'GET', 'sessions'))
}

/** Revokes a grant. Throws `InvalidInput` for a text that is no grant id. */
export async function revokeGrant(core: ClientCore, credential: SessionCredential, grantId: string): Promise<void> {
  if (!isGrantId(grantId)) {
    throw invalidInput(`Invalid grant id: expected 1 to 22 characters of A-Z a-z 0-9 - _, got ${grantId.length}`)
  }
  await discard(await request(core, credential, 'DELETE', `session/${grantId}`))
}

async function request(
  core: ClientCore,
  credential: SessionCredential,
  method: 'GET' | 'DELETE',
  path: string,
): Promise<Response> {
  const url = `https://${userHost(credential.user.z32())}/auth/grant/${path}`
  return await core.sendExpectingSuccess({ method, url, credential, retry: true })
}
