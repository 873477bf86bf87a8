import { connect, type Socket } from 'node:net'
import type { ExpectedAnswer, RawAnswer } from './job.ts'
import type { Shot } from './shots.ts'

const HEAD_END = Buffer.from('\r\n\r\n')

/** A socket with one request in flight, and just enough of an HTTP parser to know where its answer ends. */
export class LoadConnection {
  readonly #socket: Socket
  readonly #onAnswer: (answer: Buffer) => void
  readonly #onError: (error: Error) => void
  #expected: ExpectedAnswer | undefined
  #chunks: Buffer[] = []
  #received = 0
  #length: number | undefined

  /** @param onReady told once the socket is open */
  constructor(
    port: number,
    hooks: { onReady: () => void; onAnswer: (answer: Buffer) => void; onError: (error: Error) => void },
  ) {
    this.#onAnswer = hooks.onAnswer
    this.#onError = hooks.onError
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('connect', hooks.onReady)
    this.#socket.on('data', (chunk) => this.#receive(chunk))
    this.#socket.on('error', hooks.onError)
    this.#socket.on('end', () => hooks.onError(new Error('the server closed a connection')))
  }

  send({ parts, answer }: Pick<Shot, 'parts' | 'answer'>): void {
    this.#expected = answer
    if (parts.length > 1) this.#socket.cork()
    for (const part of parts) this.#socket.write(part)
    if (parts.length > 1) this.#socket.uncork()
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#received += chunk.length
    try {
      if (this.#expected === undefined) throw new Error('bytes that nobody asked for')
      if (this.#length === undefined) {
        const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
        this.#length = answerLength(bytes, this.#expected)
      }
      if (this.#length === undefined || this.#received < this.#length) return
      if (this.#received > this.#length) throw new Error('bytes after the end of an answer')
    } catch (error) {
      this.close()
      this.#onError(error as Error)
      return
    }
    const answer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    this.#chunks = []
    this.#received = 0
    this.#length = undefined
    this.#expected = undefined
    this.#onAnswer(answer)
  }
}

/** The body of a whole answer. */
export function bodyOf(answer: Buffer): Buffer {
  return answer.subarray(answer.indexOf(HEAD_END) + HEAD_END.length)
}

/** Takes a whole answer apart. */
export function parseAnswer(answer: Buffer): RawAnswer {
  const [, ...lines] = answer.toString('latin1', 0, answer.indexOf(HEAD_END)).split('\r\n')
  const headers = lines.flatMap((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { status: statusOf(answer), headers, body: bodyOf(answer) }
}

function statusOf(answer: Buffer): number {
  return Number(answer.toString('latin1', 9, 12))
}

/** Total bytes of the answer at the front of `bytes`, or undefined while its head is incomplete. */
function answerLength(bytes: Buffer, expected: ExpectedAnswer): number | undefined {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0) return undefined
  const status = statusOf(bytes)
  if (expected.status !== 'any' && status !== expected.status) {
    throw new Error(`status ${status} instead of ${expected.status}: ${bytes.toString('latin1', 0, 400)}`)
  }
  const head = end + HEAD_END.length
  if (expected.isBodiless === true || status === 304 || status === 204) return head
  const match = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))
  if (!match) throw new Error('answer without Content-Length')
  return head + Number(match[1])
}
