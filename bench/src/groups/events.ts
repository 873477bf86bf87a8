import { join } from 'node:path'
import { fanOut } from '../cases/fan-out.ts'
import { idleStreams } from '../cases/idle-streams.ts'
import { replays } from '../cases/replays.ts'
import { replaySeam } from '../cases/seam.ts'
import { slowReaders } from '../cases/slow-readers.ts'
import type { EventLoad } from '../load/event-load.ts'
import { startLoadClient } from '../load/http-client.ts'
import { Child } from '../process/child.ts'
import { startOurs } from '../servers/ours.ts'
import { signUp } from '../servers/sign-up.ts'
import type { Group } from './group.ts'

/** Event streams: many followers, idle ones, slow ones, those that read the log, and the seam between log and live. */
export const eventsGroup: Group = async function* (init) {
  await using writer = startLoadClient()
  await using subscribers = new Child<EventLoad>(new URL('../load/event-load.ts', import.meta.url), 1)
  await using server = await startOurs(join(init.folder, 'events'))
  const target = await signUp(server)
  const isChosen = (name: string) => init.only === undefined || init.only.test(name)
  if (isChosen('fan-out')) yield* fanOut(init, target, writer, subscribers)
  if (isChosen('seam')) yield await replaySeam(init, target, writer, subscribers)
  if (isChosen('replays')) yield await replays(init, target, writer, subscribers)
  if (isChosen('idle streams')) yield await idleStreams(init, target, writer, subscribers)
  if (isChosen('slow readers')) yield await slowReaders(init, server, target, writer, subscribers)
}
