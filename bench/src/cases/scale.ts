import type { LoadClient } from '../load/http-client.ts'
import type { RequestSource } from '../load/job.ts'
import type { Plan } from '../plan.ts'
import type { Target } from '../servers/sign-up.ts'
import { fill, getRequest, numbered, pattern, putRequest } from './requests.ts'

/** Small, so that what is compared is the bookkeeping and not the bytes. */
const BODY = pattern(64)
const FOLDER = '/pub/bench/account/'
/** Small accounts that share the writes, so that they stay small. */
const SMALL_ACCOUNTS = 50

/** A request source against a large account, and the same against small ones. */
export interface ScaleCase {
  readonly name: string
  /** What is compared with what. */
  readonly sizes: string
  readonly connections: number
  readonly usesPrepared: boolean
  readonly large: RequestSource
  readonly small: RequestSource
}

export const SCALE_NAMES = [
  'LIST 100, folder with most entries',
  'PUT, account with many entries',
  'PUT, account with most entries',
] as const

/** Fills accounts of one server, to compare what listing and writing cost in them. In the order of the names. */
export async function scaleCases(
  signUp: () => Promise<Target>,
  client: LoadClient,
  { entries, prepared, rounds }: Plan,
): Promise<ScaleCase[]> {
  const account = async (count: number): Promise<Target> => {
    const target = await signUp()
    await fill(client, target, `${FOLDER}#`, count, BODY)
    return target
  }
  const few: Target[] = []
  for (let index = 0; index < SMALL_ACCOUNTS; index++) few.push(await account(entries.few))
  const [many, most] = [await account(entries.many), await account(entries.most)]
  const isWritten = { status: 201 } as const
  const sizes = (count: number) => `${count.toLocaleString('en')} entries against ${entries.few}`
  // Cursors before the first name, each its own: the same full page, but never one that our server has kept.
  const listing = (target: Target): RequestSource =>
    numbered(getRequest(target, `${FOLDER}?limit=100&cursor=${target.user}${FOLDER}!#`), { status: 200 })
  const writing = (name: string, target: Target, count: number): ScaleCase => ({
    name,
    sizes: sizes(count),
    connections: 16,
    usesPrepared: true,
    large: numbered(putRequest(target, `${FOLDER}new-#`, BODY), isWritten),
    small: {
      kind: 'cycle',
      requests: Array.from({ length: prepared * rounds }, (_, index) =>
        putRequest(few[index % few.length]!, `${FOLDER}beside-${target.user}-${index}`, BODY),
      ),
      answer: isWritten,
    },
  })
  return [
    {
      name: SCALE_NAMES[0],
      sizes: sizes(entries.most),
      connections: 64,
      usesPrepared: false,
      large: listing(most),
      small: listing(few[0]!),
    },
    writing(SCALE_NAMES[1], many, entries.many),
    writing(SCALE_NAMES[2], most, entries.most),
  ]
}
