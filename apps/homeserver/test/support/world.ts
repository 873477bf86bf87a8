/** Two servers and two users, for scenarios that provoke one answer each. */
import { Keypair } from '@pubky/crypto'
import { JSON_TYPE } from './grants.ts'
import { startHomeserver, type TestHomeserver, type TestUser } from './homeserver.ts'
import type { Answer } from './http.ts'

/** One promised answer and how to get it. */
export interface Scenario {
  /** `METHOD path` as in the API description. */
  readonly operation: string
  readonly name: string
  readonly status: number
  /** Body, byte for byte; left out where the words are free. */
  readonly body?: string | RegExp
  readonly run: (world: World) => Promise<Answer>
}

export const LOCKINFO =
  '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'

/** What scenarios act on. */
export class World implements AsyncDisposable {
  /** Everybody may sign up; small limits. */
  readonly open: TestHomeserver
  /** Sign-up needs a token. */
  readonly invited: TestHomeserver
  #user: TestUser | undefined
  #other: TestUser | undefined

  private constructor(open: TestHomeserver, invited: TestHomeserver) {
    this.open = open
    this.invited = invited
  }

  static async create(): Promise<World> {
    const limits = { max_body_bytes: 200_000, max_locks_per_user: 3 }
    const open = await startHomeserver({ drive: limits, storage: { default_quota_mb: 1 } })
    return new World(open, await startHomeserver({ general: { signup_mode: 'token_required' } }))
  }

  /** Fresh users; the first owns a public and a private file. */
  async reset(): Promise<void> {
    this.#user = await this.open.signUp()
    this.#other = await this.open.signUp()
    await this.user.send('/pub/file', { method: 'PUT', body: 'content' })
    await this.user.send('/priv/secret', { method: 'PUT', body: 'secret' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.open[Symbol.asyncDispose]()
    await this.invited[Symbol.asyncDispose]()
  }

  get user(): TestUser {
    if (this.#user === undefined) throw new Error('reset first')
    return this.#user
  }

  get other(): TestUser {
    if (this.#other === undefined) throw new Error('reset first')
    return this.#other
  }

  post(path: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.open.send(path, { method: 'POST', body, headers })
  }

  postJson(path: string, body: string): Promise<Answer> {
    return this.post(path, body, JSON_TYPE)
  }

  /** Somebody without an account. */
  stranger(): { readonly keypair: Keypair } {
    return { keypair: Keypair.random() }
  }

  /** Locks a path of the user; the token. */
  async lock(path: string): Promise<string> {
    const answer = await this.user.send(path, { method: 'LOCK', body: LOCKINFO })
    return /opaquelocktoken:([\w-]+)/.exec(answer.field('lock-token') ?? '')?.[1] ?? ''
  }

  /** Changes the user's quota. */
  async limited(patch: object): Promise<void> {
    const body = JSON.stringify(patch)
    await this.open.admin(`/users/${this.user.z32}/quota`, { method: 'PATCH', headers: JSON_TYPE, body })
  }

  async disabled(): Promise<void> {
    await this.open.admin(`/users/${this.user.z32}/disable`, { method: 'POST' })
  }

  /** Everything a refused request must leave alone. */
  async state(): Promise<readonly string[]> {
    const { open, invited, user } = this
    const headers = { 'pubky-host': user.z32, cookie: user.cookie }
    const answers = await Promise.all([
      open.send('/events/?limit=1000'),
      user.send('/pub/'),
      user.send('/priv/'),
      user.send('/pub/file'),
      open.admin(`/users/${user.z32}`),
      open.send('/session', { headers }),
      open.admin('/info'),
      invited.admin('/info'),
    ])
    return answers.map(({ status, body }) => `${status} ${body.toString('latin1')}`)
  }
}
