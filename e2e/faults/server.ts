import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type Agent, type ClientRequest, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Keypair } from '@pubky/crypto'
import { createAuthToken, parseCapabilities } from '@pubky/protocol'

const MAIN = fileURLToPath(new URL('../../apps/homeserver/src/main.ts', import.meta.url))
const LISTENING = /Homeserver HTTP listening on (http:\/\/[^\s"\\]+)/
const METRICS = /Metrics server listening on (http:\/\/[^\s"\\]+)/

/** A signed-up user with a root session. */
export interface Account {
  readonly user: string
  readonly cookie: string
}

/** An answer, whole. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** The homeserver as an operator runs it: a process of its own, which tests can kill. */
export class FaultServer implements AsyncDisposable {
  readonly folder: string
  readonly #config: string
  #child: ChildProcess | undefined
  #url = ''
  #metricsUrl = ''

  private constructor(folder: string, config: string) {
    this.folder = folder
    this.#config = config
  }

  /**
   * @param folder gets configuration, key and data; several instances of one homeserver may share it
   * @param storage lines for the `[storage]` table @param general lines for the `[general]` table
   */
  static async start(folder: string, storage = '', general = ''): Promise<FaultServer> {
    mkdirSync(folder, { recursive: true })
    const config = join(folder, 'config.toml')
    writeFileSync(
      config,
      `[general]
signup_mode = "open"
${general}
[drive]
icann_listen_socket = "127.0.0.1:0"
pubky_listen_socket = "127.0.0.1:0"
rate_limits = []
[storage]
${storage}
[admin]
enabled = false
[metrics]
enabled = true
listen_socket = "127.0.0.1:0"
[pkdns]
publish = false
user_keys_republisher_interval = 0
[logging]
format = "json"
`,
    )
    const server = new FaultServer(folder, config)
    await server.restart()
    return server
  }

  /** Database and bodies. */
  get data(): string {
    return join(this.folder, 'home', 'data')
  }

  get url(): string {
    return this.#url
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  async restart(): Promise<void> {
    const child = spawn(
      process.execPath,
      ['--conditions=source', MAIN, '--data', join(this.folder, 'home'), '--config', this.#config],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    this.#child = child
    const output: string[] = []
    child.stderr?.on('data', (chunk) => output.push(String(chunk)))
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${output.join('')}`)))
      if (child.stdout === null) return
      createInterface(child.stdout).on('line', (line) => {
        output.push(line)
        this.#url = LISTENING.exec(line)?.[1] ?? this.#url
        const metricsUrl = METRICS.exec(line)?.[1]
        if (metricsUrl === undefined) return
        this.#metricsUrl = metricsUrl
        resolve()
      })
    })
  }

  /** Sends a signal without waiting for anything. */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name)
  }

  /** As a power button would, for the process. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.isRunning) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  async signUp(): Promise<Account> {
    const keypair = Keypair.random()
    const token = createAuthToken(keypair, parseCapabilities('/:rw'), BigInt(Date.now()) * 1000n)
    const { status, headers } = await this.send('POST', '/signup', { body: Buffer.from(token.bytes) })
    if (status !== 200) throw new Error(`sign-up answered ${status}`)
    const [cookie] = headers['set-cookie'] ?? []
    return { user: keypair.publicKey.z32(), cookie: cookie?.split(';')[0] ?? '' }
  }

  /** Opens a request; the caller writes the body. */
  open(method: string, path: string, headers: Record<string, string | number> = {}, agent?: Agent): ClientRequest {
    return httpRequest(`${this.#url}${path}`, { method, headers, ...(agent !== undefined && { agent }) })
  }

  /** Sends a request and takes the answer; rejects when the connection breaks. */
  async send(
    method: string,
    path: string,
    options: { readonly body?: Uint8Array; readonly headers?: Record<string, string>; readonly agent?: Agent } = {},
  ): Promise<Answer> {
    const { body, headers = {}, agent } = options
    const length: Record<string, number> = body === undefined ? {} : { 'content-length': body.length }
    const request = this.open(method, path, { ...headers, ...length }, agent)
    request.end(body)
    return answerTo(request)
  }

  put(account: Account, path: string, body: Uint8Array, agent?: Agent): Promise<Answer> {
    const options = { body, headers: { cookie: account.cookie }, ...(agent !== undefined && { agent }) }
    return this.send('PUT', `/storage/${account.user}${path}`, options)
  }

  get(account: Account, path: string, agent?: Agent): Promise<Answer> {
    const options = { headers: { cookie: account.cookie }, ...(agent !== undefined && { agent }) }
    return this.send('GET', `/storage/${account.user}${path}`, options)
  }

  delete(account: Account, path: string): Promise<Answer> {
    return this.send('DELETE', `/storage/${account.user}${path}`, { headers: { cookie: account.cookie } })
  }

  metrics(): Promise<Answer> {
    const request = httpRequest(`${this.#metricsUrl}/metrics`)
    request.end()
    return answerTo(request)
  }

  /** Lines of the public feed, all pages. */
  async feed(): Promise<string[]> {
    const lines: string[] = []
    let cursor = '0'
    for (;;) {
      const { body } = await this.send('GET', `/events/?limit=1000&cursor=${cursor}`)
      const page = body.toString().split('\n').filter(Boolean)
      const next = page.pop()?.replace('cursor: ', '')
      if (next === undefined) return lines
      lines.push(...page)
      cursor = next
    }
  }
}

/** The answer to an open request, whole; rejects when the connection breaks first. */
export function answerTo(request: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.once('error', reject)
    request.once('response', (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('error', reject)
      response.once('aborted', () => reject(new Error('the answer broke off')))
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      )
    })
  })
}
