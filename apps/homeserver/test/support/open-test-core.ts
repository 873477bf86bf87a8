import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Keypair } from '@pubky/crypto'
import {
  attachSignature,
  createAuthToken,
  parseCapabilities,
  popSigningInput,
  SIGNUP_CLIENT_ID,
  signGrant,
} from '@pubky/protocol'
import type { GrantProof } from '../../src/accounts/grants.ts'
import type { Session } from '../../src/accounts/session.ts'
import { type Core, type CoreInit, openCore } from '../../src/core.ts'
import type { StreamSink } from '../../src/events/event-streams.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }
export const signal = new AbortController().signal
const encode = (text: string) => new TextEncoder().encode(text)

/** A core on its own folder (or in memory), with a clock that tests move. */
export class TestCore implements AsyncDisposable {
  readonly homeserver = Keypair.random()
  /** Microseconds; moves only when told. */
  now = 1_790_000_000_000_000
  core: Core
  readonly #folder: string
  readonly #changes: Partial<CoreInit>

  private constructor(folder: string, changes: Partial<CoreInit>) {
    this.#folder = folder
    this.#changes = changes
    this.core = undefined as never
  }

  static async open(changes: Partial<CoreInit> = {}): Promise<TestCore> {
    const test = new TestCore(await mkdtemp(join(tmpdir(), 'pubky-core-')), changes)
    test.core = await test.#open()
    return test
  }

  /** Everything in memory: quicker, but restarting forgets. */
  static inMemory(changes: Partial<CoreInit> = {}): Promise<TestCore> {
    return TestCore.open({ directory: undefined, encryption: { rootKey: new Uint8Array(32).fill(7) }, ...changes })
  }

  get directory(): string {
    return join(this.#folder, 'data')
  }

  get keyFile(): string {
    return join(this.#folder, 'keys', 'root')
  }

  async restart(changes: Partial<CoreInit> = {}): Promise<void> {
    await this.core[Symbol.asyncDispose]()
    this.core = await this.#open(changes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.core[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true })
  }

  #open(changes: Partial<CoreInit> = {}): Promise<Core> {
    return openCore({
      directory: this.directory,
      database: 'sqlite',
      encryption: { keyFile: this.keyFile },
      homeserver: this.homeserver.publicKey.z32(),
      signupMode: 'open',
      defaultQuota: {
        storageMb: undefined,
        rateRead: undefined,
        rateWrite: undefined,
        rateReadBurst: undefined,
        rateWriteBurst: undefined,
      },
      maxBodyBytes: undefined,
      prefersExtensions: false,
      maxLocksPerUser: 100,
      maxStreams: 100,
      lowWaterBytes: 0,
      clock: () => this.now,
      log: silent,
      onFatal: (error) => {
        throw error
      },
      ...this.#changes,
      ...changes,
    })
  }

  authToken(user: Keypair, capabilities = '/:rw', at = this.now): Uint8Array {
    return createAuthToken(user, parseCapabilities(capabilities), BigInt(at)).bytes
  }

  /** Signs a user up and in. */
  async signUp(user = Keypair.random()): Promise<{ user: Keypair; tenant: string; session: Session; secret: string }> {
    this.now += 1
    const { session, secret } = await this.core.sessions.signUp(this.authToken(user), undefined)
    return { user, tenant: user.publicKey.z32(), session, secret }
  }

  get seconds(): number {
    return Math.floor(this.now / 1_000_000)
  }

  /** Grant and proof for an app's client key. */
  grant(
    user: Keypair,
    client: Keypair,
    changes: {
      capabilities?: string
      grantId?: string
      clientId?: string
      issuedAt?: number
      expiresAt?: number
      nonce?: string
      audience?: Keypair
      popGrantId?: string
      popAt?: number
      popKey?: Keypair
    } = {},
  ): GrantProof {
    const grantId = changes.grantId ?? Buffer.from(Keypair.random().secret().slice(0, 16)).toString('base64url')
    const grant = signGrant(
      {
        clientId: changes.clientId ?? 'app.example',
        capabilities: parseCapabilities(changes.capabilities ?? '/:rw'),
        clientKey: client.publicKey,
        grantId,
        issuedAt: changes.issuedAt ?? this.seconds,
        expiresAt: changes.expiresAt ?? this.seconds + 1_000_000,
      },
      user,
    )
    const input = popSigningInput({
      audience: (changes.audience ?? this.homeserver).publicKey,
      grantId: changes.popGrantId ?? grantId,
      nonce: changes.nonce ?? Buffer.from(Keypair.random().secret().slice(0, 16)).toString('base64url'),
      issuedAt: changes.popAt ?? this.seconds,
    })
    return { grant: grant.jws, pop: attachSignature(input, (changes.popKey ?? client).sign(encode(input))) }
  }

  signupGrant(user: Keypair, client: Keypair, changes: Parameters<TestCore['grant']>[2] = {}): GrantProof {
    return this.grant(user, client, { clientId: SIGNUP_CLIENT_ID, expiresAt: this.seconds + 300, ...changes })
  }

  async put(
    session: Session | undefined,
    tenant: string,
    path: string,
    body: Uint8Array | string,
    tokens: string[] = [],
  ) {
    const bytes = typeof body === 'string' ? encode(body) : body
    return this.core.files.write(
      { session, tenant, path, contentLength: bytes.length, lockTokens: tokens },
      bytes,
      signal,
    )
  }

  async get(tenant: string, path: string): Promise<Buffer> {
    const file = await this.core.files.open(tenant, path, signal)
    if (file.bytes !== undefined) return Buffer.from(file.bytes)
    const parts: Uint8Array[] = []
    for await (const part of file.stream(signal)) parts.push(part)
    return Buffer.concat(parts)
  }
}

/** A sink that keeps what it gets and can be told to stop draining. */
export class TestSink implements StreamSink {
  readonly received: string[] = []
  isStalled: boolean = false
  pendingBytes = 0
  #drained = Promise.withResolvers<void>()
  readonly #waiters = new Set<() => void>()

  send(frames: Uint8Array): void {
    if (this.isStalled) this.pendingBytes += frames.length
    else {
      this.received.push(...Buffer.from(frames).toString().split('\n\n').filter(Boolean))
      for (const waiter of this.#waiters) waiter()
    }
  }

  drained(): Promise<void> {
    return this.isStalled ? this.#drained.promise : Promise.resolve()
  }

  /** Resolves when `count` frames have come. */
  async reach(count: number): Promise<void> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => {
        const waiter = () => {
          this.#waiters.delete(waiter)
          resolve()
        }
        this.#waiters.add(waiter)
      })
    }
  }

  /** `PUT /pub/x` for each frame. */
  get lines(): string[] {
    return this.received.map((frame) => frame.replace(/^event: (...)\ndata: pubky:\/\/.{52}(\S*)[\s\S]*$/, '$1 $2'))
  }

  get ids(): number[] {
    return this.received.map((frame) => Number(/cursor: (\d+)/.exec(frame)?.[1]))
  }
}
