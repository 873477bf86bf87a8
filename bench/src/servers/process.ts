import { type ChildProcess, fork } from 'node:child_process'
import { pin } from '../machine.ts'
import type { CannedAnswer } from './raw.ts'

/** A server under test in its own process. */
export interface ServerProcess extends AsyncDisposable {
  readonly port: number
  readonly pid: number
}

/** The raw twin with a way to tell it what to answer. */
export interface RawTwin extends ServerProcess {
  answerWith(canned: CannedAnswer): Promise<void>
}

function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve(message as T))
  })
}

export async function startRawTwin(): Promise<RawTwin> {
  const child = fork(new URL('./raw.ts', import.meta.url), { serialization: 'advanced' })
  pin(child.pid, 0)
  const { port } = await nextMessage<{ port: number }>(child)
  return {
    port,
    pid: child.pid!,
    async answerWith(canned) {
      const ready = nextMessage(child)
      child.send(canned)
      await ready
    },
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.disconnect()
      await ended
    },
  }
}
