import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Where `.ci/run` keeps what it builds of the official software between runs. */
export const peersDir = process.env.PUBKY_PEERS_DIR ?? join(homedir(), '.cache', 'pubky-peers')

/** The program of this folder, built by `cargo build --locked` (see `.ci/run`). */
const peerBinary = join(peersDir, 'target', 'debug', 'official-peers')

export const peerAvailable = existsSync(peerBinary)

/** How to get the program, for the message of a skipped test. */
export const peerHint =
  'cargo build --locked --manifest-path e2e/interop/official-rust/Cargo.toml --target-dir ~/.cache/pubky-peers/target'

/** An error the official software reported; `status` is the HTTP status it met, if any. */
export class PeerError extends Error {
  readonly status: number | undefined

  constructor(command: string, message: string, status: number | undefined) {
    super(`${command}: ${message}`)
    this.name = 'PeerError'
    this.status = status
  }
}

interface Answer {
  readonly id: number
  readonly ok?: unknown
  readonly error?: string
  readonly status?: number | null
}

/** The official Rust software in a child process; commands are documented in `src/*.rs` beside this file. */
export class RustPeer implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #lastId = 0

  constructor() {
    this.#child = spawn(peerBinary, { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const answer = JSON.parse(line) as Answer
      this.#waiting.get(answer.id)?.(answer)
      this.#waiting.delete(answer.id)
    })
    this.#child.once('exit', (code, signal) => {
      const error = `the peer ended (${signal ?? code})`
      for (const [id, settle] of this.#waiting) settle({ id, error })
      this.#waiting.clear()
    })
  }

  /** Runs one command; throws {@link PeerError} when the official software reports an error. */
  async do<T = unknown>(command: string, params: Record<string, unknown> = {}): Promise<T> {
    const id = ++this.#lastId
    const answer = await new Promise<Answer>((settle) => {
      this.#waiting.set(id, settle)
      this.#child.stdin!.write(`${JSON.stringify({ ...params, id, do: command })}\n`)
    })
    if (answer.error !== undefined) throw new PeerError(command, answer.error, answer.status ?? undefined)
    return answer.ok as T
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin!.end()
    this.#child.kill()
    await ended
  }
}
