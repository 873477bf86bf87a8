import type { EphemeralTestnet } from '@pubky/testnet'

/** A fresh signup token of a homeserver's administrator (spec 06 §9.4). */
export async function createSignupToken(homeserver: EphemeralTestnet['homeserver']): Promise<string> {
  const headers = { 'X-Admin-Password': homeserver.adminPassword }
  const response = await fetch(`${homeserver.adminUrl}/generate_signup_token`, { headers })
  if (!response.ok) throw new Error(`no signup token: ${response.status}`)
  return await response.text()
}
