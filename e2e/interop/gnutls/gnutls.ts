import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Keypair } from '@pubky/crypto'

export const gnutlsAvailable = ['gnutls-cli', 'gnutls-serv'].every(
  (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0,
)
export const gnutlsHint = 'apt-get install gnutls-bin'

/** Suites by GnuTLS's word, with the IANA name that our sockets show. */
export const SUITES = {
  'AES-128-GCM': 'TLS_AES_128_GCM_SHA256',
  'AES-256-GCM': 'TLS_AES_256_GCM_SHA384',
  'CHACHA20-POLY1305': 'TLS_CHACHA20_POLY1305_SHA256',
} as const

/** A priority string for TLS 1.3 with raw public keys, one suite, and these groups in this order. */
export function priority(cipher: string, groups: readonly string[]): string {
  const list = groups.map((group) => `+GROUP-${group}`).join(':')
  return [
    'NORMAL:-VERS-ALL:+VERS-TLS1.3:-CTYPE-ALL:+CTYPE-SRV-RAWPK:+CTYPE-CLI-X509',
    `-CIPHER-ALL:+${cipher}:-SIGN-ALL:+SIGN-EDDSA-ED25519:-GROUP-ALL:${list}`,
  ].join(':')
}

/** A running GnuTLS program: lines go in, what it prints collects. */
export class GnutlsProgram implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  #output = ''

  constructor(program: string, args: readonly string[]) {
    this.#child = spawn(program, args, { stdio: 'pipe' })
    const collect = (chunk: Buffer): void => {
      this.#output += chunk.toString('latin1')
    }
    this.#child.stdout?.on('data', collect)
    this.#child.stderr?.on('data', collect)
    // A program that refuses us closes its input early.
    this.#child.stdin?.on('error', () => {})
    this.#exited = new Promise((resolve) => this.#child.once('close', () => resolve()))
  }

  /** All that was printed so far, messages and data. */
  get output(): string {
    return this.#output
  }

  get exitCode(): number | null {
    return this.#child.exitCode
  }

  write(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Resolves when the program has ended by itself. */
  exited(): Promise<void> {
    return this.#exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }
}

/** `gnutls-cli` on a port, trusting any key. */
export function gnutlsClient(port: number, priorities: string, ...args: readonly string[]): GnutlsProgram {
  return new GnutlsProgram('gnutls-cli', [
    '--insecure',
    '--priority',
    priorities,
    '-p',
    `${port}`,
    ...args,
    '127.0.0.1',
  ])
}

/** `gnutls-serv` that echoes lines, with a raw public key. */
export async function gnutlsEchoServer(
  keypair: Keypair,
  priorities: string,
): Promise<AsyncDisposable & { readonly port: number; readonly program: GnutlsProgram }> {
  const folder = mkdtempSync(join(tmpdir(), 'gnutls-'))
  const [keyFile, publicFile] = [join(folder, 'key.pem'), join(folder, 'public.pem')]
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), keypair.secret()])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  writeFileSync(keyFile, key.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
  writeFileSync(publicFile, createPublicKey(key).export({ format: 'pem', type: 'spki' }))
  const port = await freePort()
  const program = new GnutlsProgram('gnutls-serv', [
    ...['-p', `${port}`, '--echo', '--disable-client-cert', '--priority', priorities],
    ...['--rawpkkeyfile', keyFile, '--rawpkfile', publicFile],
  ])
  while (!program.output.includes('listening on IPv4')) {
    if (program.exitCode !== null) throw new Error(`gnutls-serv ended: ${program.output}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return {
    port,
    program,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
