/** The raw node:http twin: same status, headers and body as ours, no storage. What is left of the ratio is our work. */
import { createServer } from 'node:http'

/** What the twin answers to everything, taken from one real answer of ours. */
export interface CannedAnswer {
  readonly status: number
  /** Flat name, value, name, value… without `Date`, `Connection` and `Keep-Alive`, which node adds on both sides. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

let canned: CannedAnswer = { status: 204, headers: [], body: new Uint8Array() }

const server = createServer((request, response) => {
  const answer = () => {
    response.writeHead(canned.status, canned.headers as string[])
    response.end(canned.body)
  }
  if (request.method !== 'PUT') {
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

process.on('message', (answer: CannedAnswer) => {
  canned = answer
  process.send!('ready')
})
process.on('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send!({ port: address.port })
})
