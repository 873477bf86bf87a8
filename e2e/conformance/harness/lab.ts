import { type Endpoints, HttpTarget } from './http-target.ts'
import { BASE_CONFIG, type Item, type Need, type ServerConfig } from './item.ts'
import type { Target } from './target.ts'

/** A server somebody started for an item. */
export interface LabServer extends AsyncDisposable {
  readonly endpoints: Endpoints
}

/** Whoever can start servers with given settings. */
export interface Lab {
  /** What its servers offer to the tester. */
  readonly offers: readonly Need[]
  /** @param needs what the item asks for beyond the settings */
  start(config: ServerConfig, needs: readonly Need[]): Promise<LabServer>
}

function merged(base: ServerConfig, extra: ServerConfig): ServerConfig {
  const result: Record<string, Record<string, unknown>> = {}
  for (const config of [base, extra]) {
    for (const [table, values] of Object.entries(config)) result[table] = { ...result[table], ...values }
  }
  return result
}

/** Who needs one of these gets servers of its own. */
const OWN_SERVER: readonly Need[] = ['restart', 'second-instance']

/** Runs items: those without settings share one server, the others get one each. */
export class Bench implements AsyncDisposable {
  readonly #lab: Lab
  #shared: Promise<LabServer> | undefined

  constructor(lab: Lab) {
    this.#lab = lab
  }

  /** Why the item cannot run here; undefined = it can. */
  obstacle(item: Item): string | undefined {
    const missing = item.needs.filter((need) => !this.#lab.offers.includes(need))
    return missing.length === 0 ? undefined : `needs ${missing.join(', ')}`
  }

  /** Runs one item; throws when it fails. */
  async run(item: Item): Promise<void> {
    const isOwn = item.config !== undefined || OWN_SERVER.some((need) => item.needs.includes(need))
    if (!isOwn) {
      this.#shared ??= this.#lab.start(BASE_CONFIG, [])
      await item.run(new HttpTarget((await this.#shared).endpoints))
      return
    }
    await using server = await this.#lab.start(merged(BASE_CONFIG, item.config ?? {}), item.needs)
    await item.run(new HttpTarget(server.endpoints))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#shared !== undefined) await (await this.#shared)[Symbol.asyncDispose]()
  }
}

/** Runs items against one server that is there already: items with settings of their own cannot run. */
export function fixedObstacle(item: Item, target: Target): string | undefined {
  if (item.config !== undefined) {
    const keys = Object.entries(item.config).flatMap(([table, values]) =>
      Object.entries(values).map(([key, value]) => `${table}.${key} = ${JSON.stringify(value)}`),
    )
    return `needs a server with ${keys.join(', ')}`
  }
  const offered: Partial<Record<Need, boolean>> = {
    admin: target.admin !== undefined,
    tls: target.tls !== undefined,
    metrics: target.metrics !== undefined,
  }
  const missing = item.needs.filter((need) => offered[need] !== true)
  return missing.length === 0 ? undefined : `needs ${missing.join(', ')}`
}
