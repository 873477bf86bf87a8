import type { Keypair } from '@pubky/crypto'
import type { Answer, Request } from './http.ts'

/** Headers that carry a credential. */
export type Credential = Readonly<Record<string, string>>

/** A bearer session of a scoped grant. */
export interface Bearer {
  readonly token: string
  /** `{ authorization: 'Bearer …' }` */
  readonly headers: Credential
  /** The signed grant and the key that proves its possession, to mint again or to sign out by proof. */
  readonly grant: string
  readonly grantId: string
  readonly client: Keypair
  /** The answer of `POST /auth/grant/session`. */
  readonly session: Readonly<Record<string, unknown>>
}

/** A signed-up user with a root cookie session. */
export interface User {
  readonly keypair: Keypair
  readonly z32: string
  /** `{ cookie: '<z32>=<secret>' }` */
  readonly headers: Credential
  /** The path-addressed form of a storage path of this user. */
  at(path: string): string
  /** A request to this user's storage with the cookie; `path` is a storage path. */
  send(path: string, request?: Request): Promise<Answer>
  put(path: string, body: Uint8Array | string, request?: Request): Promise<Answer>
  /** {@link put} that must succeed. */
  store(path: string, body?: Uint8Array | string): Promise<void>
  delete(path: string, request?: Request): Promise<Answer>
  /** Reads without any credential. */
  read(path: string, request?: Request): Promise<Answer>
  /** Opens a bearer session with these capabilities, comma-separated. */
  bearer(capabilities: string): Promise<Bearer>
  /** A fresh root cookie session beside the first. */
  signIn(): Promise<Credential>
}
