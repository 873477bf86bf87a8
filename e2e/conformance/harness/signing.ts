import { randomBytes } from 'node:crypto'
import type { Keypair } from '@pubky/crypto'
import { createAuthToken, parseCapabilities } from '@pubky/protocol'

/** Seconds since the epoch. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

/** Bytes of an AuthToken with root capability; `skewMs` shifts its clock. */
export function authToken(keypair: Keypair, skewMs = 0): Uint8Array {
  return createAuthToken(keypair, parseCapabilities('/:rw'), freshTimestamp(skewMs)).bytes
}

let last = 0n

/** Microseconds since the epoch, never the same twice: two tokens of one key must differ. */
function freshTimestamp(skewMs: number): bigint {
  const now = BigInt(Date.now()) * 1000n
  last = now > last ? now : last + 1n
  return last + BigInt(skewMs) * 1000n
}

/** A compact JWS exactly as asked for, right or wrong. */
function jws(header: unknown, claims: unknown, signer: Keypair): string {
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${Buffer.from(signer.sign(Buffer.from(input))).toString('base64url')}`
}

/** 22 characters: a grant id or a nonce. */
function randomId(): string {
  return randomBytes(16).toString('base64url')
}

/** A signed grant; `claims` and `header` override what a good one has. */
export function grant(
  user: Keypair,
  client: Keypair,
  capabilities: string,
  overrides: { claims?: Record<string, unknown>; header?: Record<string, unknown>; signer?: Keypair } = {},
): string {
  const claims = {
    iss: user.publicKey.z32(),
    client_id: 'app.example',
    caps: capabilities.split(','),
    cnf: client.publicKey.z32(),
    jti: randomId(),
    iat: nowSeconds(),
    exp: nowSeconds() + 86_400,
    ...overrides.claims,
  }
  return jws({ alg: 'EdDSA', typ: 'pubky-grant', ...overrides.header }, claims, overrides.signer ?? user)
}

/** The id in a grant made by {@link grant}. */
export function grantId(compact: string): string {
  return (JSON.parse(Buffer.from(compact.split('.')[1]!, 'base64url').toString()) as { jti: string }).jti
}

/** A proof of possession for a grant at a homeserver; overrides as in {@link grant}. */
export function pop(
  compactGrant: string,
  client: Keypair,
  homeserver: string,
  overrides: { claims?: Record<string, unknown>; header?: Record<string, unknown> } = {},
): string {
  const claims = {
    aud: homeserver,
    gid: grantId(compactGrant),
    nonce: randomId(),
    iat: nowSeconds(),
    ...overrides.claims,
  }
  return jws({ alg: 'EdDSA', typ: 'pubky-pop', ...overrides.header }, claims, client)
}
