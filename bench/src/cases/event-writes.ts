import type { OpenStreams } from '../load/event-load.ts'
import type { RequestSource } from '../load/job.ts'
import type { Target } from '../servers/sign-up.ts'
import { numbered, pattern, putRequest } from './requests.ts'

/** Numbered writes to one folder, and the streams that follow it. */
export interface FolderEvents {
  readonly source: Extract<RequestSource, { readonly kind: 'numbered' }>
  readonly stream: Omit<OpenStreams, 'count'>
}

const BODY = pattern(32)

/**
 * Streams start at the newest event of now: what other cases wrote is not read again.
 *
 * @param capacity one more than the highest number
 * @param suffix end of every path, to make events longer
 */
export async function eventsOf(target: Target, folder: string, capacity: number, suffix = ''): Promise<FolderEvents> {
  const cursor = await newestCursor(target)
  const user = cursor === undefined ? target.user : `${target.user}:${cursor}`
  const prefix = `event: PUT\ndata: pubky://${target.user}${folder}`
  return {
    source: numbered(putRequest(target, `${folder}#${suffix}`, BODY), { status: 201 }),
    stream: {
      port: target.port,
      target: `/events-stream?user=${user}&path=${folder}&live=true`,
      counting: { offset: prefix.length, capacity },
    },
  }
}

async function newestCursor({ port, user }: Target): Promise<string | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/events-stream?user=${user}&reverse=true&limit=1`)
  const text = await response.text()
  if (!response.ok) throw new Error(`events of ${user}: ${response.status} ${text}`)
  return /^data: cursor: (\S+)$/m.exec(text)?.[1]
}
