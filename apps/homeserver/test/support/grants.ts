/** Grants, proofs and bearers as an app would make them. */
import { base64UrlEncode, Keypair, randomBytes, utf8Encode } from '@pubky/crypto'
import { attachSignature, type GrantClaims, parseCapabilities, popSigningInput, signGrant } from '@pubky/protocol'
import type { TestHomeserver, TestUser } from './homeserver.ts'
import type { Answer } from './http.ts'

/** An app with a key of its own and a grant of a user. */
export interface TestApp {
  readonly clientKey: Keypair
  readonly grantId: string
  readonly grant: string
  /** A proof with a fresh nonce, or the given claims. */
  proof(claims?: { readonly nonce?: string; readonly issuedAt?: number; readonly grantId?: string }): string
  /** JSON body with the grant and a fresh proof. */
  body(): string
}

export const JSON_TYPE = { 'content-type': 'application/json' }

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

export function freshId(): string {
  return base64UrlEncode(randomBytes(16))
}

/** Lets `user` sign a grant for a new app of that server. */
export function grantApp(
  server: TestHomeserver,
  user: Pick<TestUser, 'keypair'>,
  capabilities = '/:rw',
  claims: Partial<GrantClaims> = {},
): TestApp {
  const clientKey = Keypair.random()
  const audience = server.server.publicKey
  const signed = signGrant(
    {
      clientId: 'test.app',
      capabilities: parseCapabilities(capabilities),
      clientKey: clientKey.publicKey,
      grantId: freshId(),
      issuedAt: nowSeconds(),
      expiresAt: nowSeconds() + 3600,
      ...claims,
    },
    user.keypair,
  )
  const app: TestApp = {
    clientKey,
    grantId: signed.grantId,
    grant: signed.jws,
    proof(overrides = {}) {
      const input = popSigningInput({
        audience,
        grantId: signed.grantId,
        nonce: freshId(),
        issuedAt: nowSeconds(),
        ...overrides,
      })
      return attachSignature(input, clientKey.sign(utf8Encode(input)))
    },
    body: () => JSON.stringify({ grant: signed.jws, pop: app.proof() }),
  }
  return app
}

/** Exchanges the grant; the answer holds the bearer. */
export function exchange(server: TestHomeserver, app: TestApp): Promise<Answer> {
  return server.send('/auth/grant/session', { method: 'POST', headers: JSON_TYPE, body: app.body() })
}

/** `Authorization` of a fresh bearer with these capabilities. */
export async function bearerOf(
  server: TestHomeserver,
  user: Pick<TestUser, 'keypair'>,
  capabilities?: string,
): Promise<{ readonly authorization: string }> {
  const answer = await exchange(server, grantApp(server, user, capabilities))
  const { token }: { token: string } = JSON.parse(answer.text)
  return { authorization: `Bearer ${token}` }
}
