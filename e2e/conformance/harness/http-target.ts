import { Keypair } from '@pubky/crypto'
import { type Answer, type Request, send } from './http.ts'
import { authToken, grant, grantId, pop } from './signing.ts'
import type { Target } from './target.ts'
import type { Bearer, Credential, User } from './user.ts'

/** What is known of a server before the first request. */
export interface Endpoints {
  readonly url: string
  readonly pubky: string
  readonly tls?: { readonly host: string; readonly port: number } | undefined
  readonly admin?: { readonly url: string; readonly password: string } | undefined
  readonly metrics?: string | undefined
  readonly official?: boolean
  /** Stops and starts the server on the same data and gives its new addresses. */
  readonly restart?: () => Promise<Endpoints>
  /** A second instance on the same database. */
  readonly second?: Endpoints
}

function must(answer: Answer, status: number, what: string): Answer {
  if (answer.status !== status) throw new Error(`${what}: ${answer.status} ${answer.text}`)
  return answer
}

/** A {@link Target} over nothing but HTTP. */
export class HttpTarget implements Target {
  #endpoints: Endpoints

  constructor(endpoints: Endpoints) {
    this.#endpoints = endpoints
  }

  get url(): string {
    return this.#endpoints.url
  }
  get pubky(): string {
    return this.#endpoints.pubky
  }
  get tls(): Target['tls'] {
    return this.#endpoints.tls
  }
  get admin(): Target['admin'] {
    return this.#endpoints.admin
  }
  get metrics(): string | undefined {
    return this.#endpoints.metrics
  }
  get official(): boolean {
    return this.#endpoints.official ?? false
  }

  send(path: string, request: Request = {}): Promise<Answer> {
    return send(this.url, path, request)
  }

  sendAdmin(path: string, request: Request = {}): Promise<Answer> {
    const { admin } = this
    if (admin === undefined) throw new Error('this item needs the admin listener')
    return send(admin.url, path, { ...request, headers: { ...request.headers, 'x-admin-password': admin.password } })
  }

  async restart(): Promise<void> {
    const { restart } = this.#endpoints
    if (restart === undefined) throw new Error('this item needs a server that the tester may restart')
    this.#endpoints = await restart()
  }

  second(): Target {
    const { second } = this.#endpoints
    if (second === undefined) throw new Error('this item needs two instances on one database')
    return new HttpTarget(second)
  }

  async newUser(): Promise<User> {
    const keypair = Keypair.random()
    let query = ''
    if (this.admin !== undefined) {
      const token = await this.sendAdmin('/generate_signup_token')
      query = `?signup_token=${must(token, 200, 'generate_signup_token').text}`
    }
    const answer = await this.send(`/signup${query}`, { method: 'POST', body: authToken(keypair) })
    return new HttpUser(this, keypair, cookieOf(must(answer, 200, 'sign-up')))
  }
}

/** The credential in a `Set-Cookie` of sign-up or sign-in. */
export function cookieOf(answer: Answer): Credential {
  const [first] = answer.headers['set-cookie'] ?? []
  const cookie = first?.split(';')[0]
  if (cookie === undefined) throw new Error('no Set-Cookie')
  return { cookie }
}

class HttpUser implements User {
  readonly #target: Target
  readonly keypair: Keypair
  readonly z32: string
  readonly headers: Credential

  constructor(target: Target, keypair: Keypair, headers: Credential) {
    this.#target = target
    this.keypair = keypair
    this.z32 = keypair.publicKey.z32()
    this.headers = headers
  }

  at(path: string): string {
    return `/storage/${this.z32}${path}`
  }

  send(path: string, request: Request = {}): Promise<Answer> {
    return this.#target.send(this.at(path), { ...request, headers: { ...this.headers, ...request.headers } })
  }

  put(path: string, body: Uint8Array | string, request: Request = {}): Promise<Answer> {
    return this.send(path, { ...request, method: 'PUT', body })
  }

  async store(path: string, body: Uint8Array | string = 'x'): Promise<void> {
    must(await this.put(path, body), 201, `PUT ${path}`)
  }

  delete(path: string, request: Request = {}): Promise<Answer> {
    return this.send(path, { ...request, method: 'DELETE' })
  }

  read(path: string, request: Request = {}): Promise<Answer> {
    return this.#target.send(this.at(path), request)
  }

  async signIn(): Promise<Credential> {
    const answer = await this.#target.send('/session', { method: 'POST', body: authToken(this.keypair) })
    return cookieOf(must(answer, 200, 'sign-in'))
  }

  async bearer(capabilities: string): Promise<Bearer> {
    const client = Keypair.random()
    const compact = grant(this.keypair, client, capabilities)
    const answer = await exchange(this.#target, compact, pop(compact, client, this.#target.pubky))
    const { token, session } = JSON.parse(must(answer, 200, 'grant exchange').text) as Bearer
    return {
      token,
      session,
      headers: { authorization: `Bearer ${token}` },
      grant: compact,
      grantId: grantId(compact),
      client,
    }
  }
}

/** `POST /auth/grant/session`. */
export function exchange(target: Target, compactGrant: string, compactPop: string): Promise<Answer> {
  return postJson(target, '/auth/grant/session', { grant: compactGrant, pop: compactPop })
}

/** POST (or another method) with a JSON body. */
export function postJson(target: Target, path: string, body: unknown, method = 'POST'): Promise<Answer> {
  return target.send(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}
