/** Entry point of the thread that owns the writing connection. */
import { parentPort, workerData } from 'node:worker_threads'
import { Ballast } from './ballast.ts'
import { openWriter } from './connection.ts'
import { Writer } from './writer.ts'
import {
  type BatchMessage,
  packResults,
  unpackBatch,
  type WriterMessage,
  type WriterThreadInit,
} from './writer-protocol.ts'

/** Quiet time after which the log is emptied, in milliseconds. */
const IDLE_MS = 1_000

const port = parentPort
if (port === null) throw new Error('the writer runs in a thread of its own')
const post = (message: WriterMessage, moved: ArrayBuffer[] = []) => port.postMessage(message, moved)

try {
  const { path, ballastPath }: WriterThreadInit = workerData
  const db = openWriter(path)
  const writer = new Writer(db, ballastPath === undefined ? undefined : new Ballast(ballastPath))
  const idle = setTimeout(
    () =>
      guard(() => {
        writer.checkpoint(true)
        writer.restoreBallast()
      }),
    IDLE_MS,
  )
  port.on('message', (message: BatchMessage | 'close') => {
    if (message === 'close') {
      clearTimeout(idle)
      guard(() => writer.checkpoint(true))
      db.close()
      port.close()
      return
    }
    guard(() => {
      const jobs = unpackBatch(message)
      const { room, bodyBytes } = message
      post({ kind: 'results', results: packResults(jobs, writer.run(jobs, bodyBytes)), room }, [room])
      writer.checkpoint(false)
      idle.refresh()
    })
  })
  post({ kind: 'ready' })
} catch (error) {
  post({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
}

function guard(step: () => void): void {
  try {
    step()
  } catch (error) {
    post({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  }
}
