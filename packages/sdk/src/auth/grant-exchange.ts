import { base64UrlEncode, type PublicKey, randomBytes } from '@pubky/crypto'
import { type Grant, type GrantSessionResponse, popSigningInput } from '@pubky/protocol'
import type { ClientCore } from '../http/client-core.ts'
import { readGrantSession } from './grant-session-json.ts'
import type { PopKey } from './pop-key.ts'
import { signJws } from './sign-jws.ts'
import { nowSeconds } from './time.ts'

/** What is needed to present a grant to its homeserver. */
export interface GrantPresentation {
  readonly grant: Grant
  readonly homeserver: PublicKey
  readonly key: PopKey
}

/** The JSON body of every request that presents a grant, with a fresh proof of possession (spec 01 §5.4). */
export async function grantRequestBody({ grant, homeserver, key }: GrantPresentation): Promise<string> {
  const signingInput = popSigningInput({
    audience: homeserver,
    grantId: grant.grantId,
    nonce: base64UrlEncode(randomBytes(16)),
    issuedAt: nowSeconds(),
  })
  return JSON.stringify({ grant: grant.jws, pop: await signJws(key, signingInput) })
}

/** Exchanges a grant for a bearer session. Throws `RequestError`. */
export async function exchangeGrant(
  core: ClientCore,
  presentation: GrantPresentation,
  signal?: AbortSignal,
): Promise<GrantSessionResponse> {
  const response = await core.sendExpectingSuccess({
    method: 'POST',
    url: `https://${presentation.homeserver.z32()}/auth/grant/session`,
    tenant: presentation.grant.issuer.z32(),
    headers: { 'content-type': 'application/json' },
    body: await grantRequestBody(presentation),
    signal,
  })
  return await readGrantSession(response)
}
