import type { Answer, Request } from './http.ts'
import type { User } from './user.ts'

/** The homeserver under test, as an item sees it. */
export interface Target {
  /** Base URL of the client API over plain HTTP. */
  readonly url: string
  /** Key of the homeserver, z-base-32. */
  readonly pubky: string
  /** `host:port` of PubkyTLS, when reachable. */
  readonly tls: { readonly host: string; readonly port: number } | undefined
  readonly admin: { readonly url: string; readonly password: string } | undefined
  /** Base URL of the metrics listener. */
  readonly metrics: string | undefined
  /** Whether the server claims to be the official one: texts that differ on purpose are then not compared. */
  readonly official: boolean

  /** A request to the client API, sent exactly as given. */
  send(path: string, request?: Request): Promise<Answer>
  /** A request to the operator's API with its password. */
  sendAdmin(path: string, request?: Request): Promise<Answer>
  /** Signs a fresh key up by cookie and gives what is needed to act as that user. */
  newUser(): Promise<User>
  /** Stops the server and starts it again on the same data. */
  restart(): Promise<void>
  /** The other instance on the same database. */
  second(): Target
}
