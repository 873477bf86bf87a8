import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type EphemeralTestnet, type EphemeralTestnetInit, startTestnet } from '@pubky/testnet'
import { Client, Keypair, Pubky, PublicKey, type Session } from '@synonymdev/pubky'
import { expect } from 'vitest'

/** Version of the official SDK that is installed; printed so that a log shows what was tested. */
export function officialVersion(): string {
  const main = createRequire(import.meta.url).resolve('@synonymdev/pubky')
  const manifest: { readonly version: string } = JSON.parse(readFileSync(join(dirname(main), 'package.json'), 'utf8'))
  return manifest.version
}

/** The official SDK in front of a testnet of ours. */
export interface OfficialNetwork extends AsyncDisposable {
  readonly testnet: EphemeralTestnet
  readonly pubky: Pubky
  readonly homeserver: PublicKey
  /** Signs a new user up. */
  signUp(keypair?: Keypair): Promise<{ readonly keypair: Keypair; readonly session: Session; readonly user: string }>
}

/** Starts a testnet on random ports and points the official SDK, otherwise untouched, at its Pkarr relay. */
export async function officialNetwork(init: EphemeralTestnetInit = {}): Promise<OfficialNetwork> {
  console.log(`official SDK: @synonymdev/pubky ${officialVersion()}`)
  const testnet = await startTestnet(init)
  const pubky = Pubky.withClient(new Client({ pkarr: { relays: [testnet.pkarrRelay.url] } }))
  const homeserver = PublicKey.from(testnet.homeserver.publicKey.z32())
  return {
    testnet,
    pubky,
    homeserver,
    async signUp(keypair = Keypair.random()) {
      const session = await pubky.signer(keypair).signup(homeserver, null)
      return { keypair, session, user: keypair.publicKey.z32() }
    },
    [Symbol.asyncDispose]: () => testnet[Symbol.asyncDispose](),
  }
}

/** A token for one sign-up, from the admin API as operators use it. */
export async function createSignupToken({ homeserver }: EphemeralTestnet): Promise<string> {
  const headers = { 'X-Admin-Password': homeserver.adminPassword }
  const response = await fetch(`${homeserver.adminUrl}/generate_signup_token`, { headers })
  expect(response.status).toBe(200)
  return response.text()
}

/** Expects the SDK to reject with an error of its kind that carries this status. */
export async function expectStatus(action: Promise<unknown>, statusCode: number, message?: string): Promise<void> {
  await expect(action).rejects.toMatchObject({ name: 'RequestError', data: { statusCode } })
  if (message !== undefined) await expect(action).rejects.toThrow(message)
}

/** Bytes that differ from place to place, so that a swapped or repeated chunk is seen. */
export function patternedBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) bytes[index] = (index * 31 + (index >> 8) * 17 + (index >> 16)) & 255
  return bytes
}
