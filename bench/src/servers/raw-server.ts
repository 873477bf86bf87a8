/** The raw node:http twin: same status, headers and body as ours, no storage. What is left of the ratio is our work. */
import { createServer } from 'node:http'
import type { RawAnswer } from '../load/job.ts'
import { serve } from '../process/serve.ts'

/** What the twin can be told. */
export interface RawServer {
  /** Answers the port. */
  listen(): Promise<number>
  /** What to answer to requests of a method from now on. */
  answerWith(input: { method: string; answer: RawAnswer }): Promise<void>
}

const canned = new Map<string | undefined, { status: number; headers: string[]; body: Uint8Array }>()

const server = createServer((request, response) => {
  const answer = () => {
    const { status = 501, headers = [], body } = canned.get(request.method) ?? {}
    response.writeHead(status, headers)
    response.end(body)
  }
  if (request.headers['content-length'] === undefined) {
    answer()
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    if (chunks.length > 1) Buffer.concat(chunks)
    answer()
  })
})

serve<RawServer>({
  listen() {
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        if (address !== null && typeof address === 'object') resolve(address.port)
      })
    })
  },
  async answerWith({ method, answer: { status, headers, body } }) {
    canned.set(method, { status, headers: [...headers], body })
  },
})
