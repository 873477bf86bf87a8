/** Real homeservers in memory, and users with sessions on them. */
import { Keypair, randomBytes } from '@pubky/crypto'
import { createAuthToken, parseCapabilities } from '@pubky/protocol'
import { createHomeserver, type Homeserver, type HomeserverConfigInput, homeserverConfig } from '../../src/index.ts'
import { type Answer, type Sent, send } from './http.ts'

/** A running server with short ways to talk to it. */
export interface TestHomeserver extends AsyncDisposable {
  readonly server: Homeserver
  readonly port: number
  readonly adminPort: number
  send(target: string, sent?: Sent): Promise<Answer>
  /** As the operator. */
  admin(target: string, sent?: Sent): Promise<Answer>
  /** A fresh user with a root cookie session. */
  signUp(capabilities?: string): Promise<TestUser>
}

/** A user of a test server. */
export interface TestUser {
  readonly keypair: Keypair
  readonly z32: string
  /** Value for the `Cookie` header. */
  readonly cookie: string
  /** Request to a path of the user's storage with the user's cookie. */
  send(path: string, sent?: Sent): Promise<Answer>
  /** The same without the cookie. */
  anonymously(path: string, sent?: Sent): Promise<Answer>
}

/** Starts a server with open sign-up and no request limits, unless the configuration says otherwise. */
export async function startHomeserver(
  config: HomeserverConfigInput = {},
  init: {
    readonly directory?: string
    readonly keypair?: Keypair
    readonly encryption?: { readonly keyFile: string }
  } = {},
): Promise<TestHomeserver> {
  const server = await createHomeserver({
    keypair: init.keypair ?? Keypair.random(),
    pkarr: false,
    directory: init.directory,
    ...(init.encryption === undefined ? {} : { encryption: init.encryption }),
    config: homeserverConfig({
      ...config,
      general: { signup_mode: 'open', ...config.general },
      drive: {
        icann_listen_socket: '127.0.0.1:0',
        pubky_listen_socket: '127.0.0.1:0',
        rate_limits: [],
        ...config.drive,
      },
      admin: { listen_socket: '127.0.0.1:0', ...config.admin },
      metrics: { listen_socket: '127.0.0.1:0', ...config.metrics },
    }),
  })
  const port = server.icannPort
  const adminPort = Number(new URL(server.adminUrl ?? 'http://x:1').port)
  return {
    server,
    port,
    adminPort,
    send: (target, sent) => send(port, target, sent),
    admin: (target, sent = {}) =>
      send(adminPort, target, { ...sent, headers: { 'x-admin-password': server.adminPassword, ...sent.headers } }),
    signUp: (capabilities) => signUp(port, capabilities),
    [Symbol.asyncDispose]: () => server.stop(0),
  }
}

/** A token that no other call returns. */
export function authToken(keypair: Keypair, capabilities = '/:rw', ageMs = 0): Uint8Array {
  lastToken = BigInt(Date.now()) * 1000n > lastToken ? BigInt(Date.now()) * 1000n : lastToken + 1n
  return createAuthToken(keypair, parseCapabilities(capabilities), lastToken - BigInt(ageMs) * 1000n).bytes
}
let lastToken = 0n

async function signUp(port: number, capabilities?: string): Promise<TestUser> {
  const keypair = Keypair.fromSecret(randomBytes(32))
  const z32 = keypair.publicKey.z32()
  const answer = await send(port, '/signup', { method: 'POST', body: authToken(keypair, capabilities) })
  if (answer.status !== 200) throw new Error(`sign-up answered ${answer.status} ${answer.text}`)
  const cookie = answer.field('set-cookie')?.split(';')[0] ?? ''
  const at = (path: string): string => `/storage/${z32}${path}`
  return {
    keypair,
    z32,
    cookie,
    send: (path, sent = {}) => send(port, at(path), { ...sent, headers: { cookie, ...sent.headers } }),
    anonymously: (path, sent) => send(port, at(path), sent),
  }
}
