import type { Script, ScriptedNetwork } from './scripted-network.ts'

/** Seconds the scripted bearers live unless a test says otherwise. */
const HOUR = 3600

/** The claims of a compact JWS, unverified. */
export function claimsOf(jws: string): Record<string, unknown> {
  const payload = jws.split('.')[1] ?? ''
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}

/**
 * Answers exchanges as a homeserver does, and everything else by `rest`.
 * @param lifetime seconds the bearers live, asked at each exchange
 */
export function withGrants(
  network: ScriptedNetwork,
  rest: Script = () => ({}),
  lifetime: () => number = () => HOUR,
): Script {
  let exchanges = 0
  return (request) => {
    if (request.method !== 'POST' || request.target !== '/auth/grant/session') return rest(request)
    const { grant }: { grant: string } = JSON.parse(request.body.toString())
    const claims = claimsOf(grant)
    const now = Math.floor(Date.now() / 1000)
    exchanges += 1
    const session = {
      homeserver: network.homeserver.publicKey.z32(),
      pubky: claims.iss,
      client_id: claims.client_id,
      capabilities: claims.caps,
      grant_id: claims.jti,
      token_expires_at: now + lifetime(),
      grant_expires_at: claims.exp,
      created_at: now,
    }
    const token = `token-${exchanges}`.padEnd(43, 'x')
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token, session }) }
  }
}
