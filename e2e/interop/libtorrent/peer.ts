import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The system's Python: Debian's libtorrent belongs to it, whatever other Python comes first in the path. */
const PYTHON = '/usr/bin/python3'
const SCRIPT = fileURLToPath(new URL('./peer.py', import.meta.url))

export const libtorrentAvailable = spawnSync(PYTHON, ['-c', 'import libtorrent']).status === 0

/** How to get libtorrent, for the message of a skipped test. */
export const libtorrentHint = 'apt-get install python3-libtorrent'

interface Answer {
  readonly id: number
  readonly ok?: unknown
  readonly error?: string
}

/** A libtorrent DHT node in a child process; its commands are the methods of `Peer` in `peer.py`. */
export class LibtorrentPeer implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #lastId = 0

  private constructor() {
    this.#child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const answer: Answer = JSON.parse(line)
      this.#waiting.get(answer.id)?.(answer)
      this.#waiting.delete(answer.id)
    })
    this.#child.once('exit', (code, signal) => {
      for (const [id, settle] of this.#waiting) settle({ id, error: `libtorrent ended (${signal ?? code})` })
      this.#waiting.clear()
    })
  }

  /** Starts a node that knows the nodes at these ports of 127.0.0.1; returns it with its own port. */
  static async start(nodes: readonly number[]): Promise<{ readonly peer: LibtorrentPeer; readonly port: number }> {
    const peer = new LibtorrentPeer()
    return { peer, port: await peer.do<number>('start', { nodes }) }
  }

  /** Runs one command. */
  async do<T = unknown>(command: string, params: Record<string, unknown> = {}): Promise<T> {
    const id = ++this.#lastId
    const answer = await new Promise<Answer>((settle) => {
      this.#waiting.set(id, settle)
      this.#child.stdin!.write(`${JSON.stringify({ ...params, id, do: command })}\n`)
    })
    if (answer.error !== undefined) throw new Error(`${command}: ${answer.error}`)
    return answer.ok as T
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill()
    await ended
  }
}
