import type { RawAnswer } from '../load/job.ts'
import { Child } from '../process/child.ts'
import type { RawServer } from './raw-server.ts'
import type { ServerProcess } from './server.ts'

/** The raw twin with a way to tell it what to answer. */
export interface RawTwin extends ServerProcess {
  /** What to answer to requests of a method from now on. */
  answerWith(method: string, answer: RawAnswer): Promise<void>
}

/** Fields node adds by itself on both sides. */
const AUTOMATIC = ['date', 'connection', 'keep-alive', 'transfer-encoding']

export async function startRawTwin(): Promise<RawTwin> {
  const child = new Child<RawServer>(new URL('./raw-server.ts', import.meta.url), 0)
  return {
    port: await child.call('listen'),
    pid: child.pid,
    answerWith(method, answer) {
      const headers: string[] = []
      for (let index = 0; index < answer.headers.length; index += 2) {
        if (!AUTOMATIC.includes(answer.headers[index]!)) headers.push(...answer.headers.slice(index, index + 2))
      }
      return child.call('answerWith', { method, answer: { ...answer, headers } })
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}
