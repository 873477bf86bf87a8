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
 * @param capacity one more than the highest number
 * @param suffix end of every path, to make events longer
 */
export function eventsOf(target: Target, folder: string, capacity: number, suffix = ''): FolderEvents {
  const prefix = `event: PUT\ndata: pubky://${target.user}${folder}`
  return {
    source: numbered(putRequest(target, `${folder}#${suffix}`, BODY), { status: 201 }),
    stream: {
      port: target.port,
      target: `/events-stream?user=${target.user}&path=${folder}&live=true`,
      counting: { offset: prefix.length, capacity },
    },
  }
}
