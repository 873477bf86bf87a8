import type { LoadClient } from '../load/http-client.ts'
import type { RequestSource } from '../load/job.ts'
import type { Plan } from '../plan.ts'
import type { Target } from '../servers/sign-up.ts'

/** One case of requests to a homeserver. */
export interface Case {
  readonly name: string
  readonly connections: number
  /** True when each round makes `plan.prepared` requests instead of running for a time. */
  readonly usesPrepared?: boolean
  /** The same against plain files of nginx, where that makes sense. */
  readonly nginx?: { readonly method: 'PUT' | 'GET'; readonly size: number }
  /** Stores what the case reads and gives the requests. Called once per server. */
  prepare(target: Target, client: LoadClient, plan: Plan): Promise<Work>
}

/** What to send, and how to see that it worked. */
export interface Work {
  readonly source: RequestSource
  /** Requests like those of the source, one of each method; the raw twin repeats their answers. */
  readonly samples: readonly Uint8Array[]
  /**
   * Looks at what the server holds after so many requests, and says what was checked.
   * @throws Error when something is missing or wrong: then no figure of this run counts
   */
  verify?(answered: number): Promise<string>
}
