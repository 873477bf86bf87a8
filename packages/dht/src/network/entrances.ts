import { lookup } from 'node:dns/promises'
import { isIPv4 } from 'node:net'
import { type AddressScope, ipv4Number, isLocalAddress, type NodeAddress } from '../address.ts'
import { BOOTSTRAP_RESOLVE_MS } from '../constants.ts'
import { DhtError } from '../errors.ts'

/** A bootstrap node by name or address. */
interface Entrance {
  readonly name: string
  readonly port: number
}

/** Finds the IPv4 addresses of a name. */
export type ResolveName = (name: string) => Promise<readonly string[]>

/** The bootstrap nodes, whose names are resolved when they are needed and again after a while. */
export class Entrances {
  readonly #entrances: readonly Entrance[]
  readonly #resolveName: ResolveName
  readonly #now: () => number
  #addresses: Promise<readonly NodeAddress[]> | undefined
  #resolvedAt = 0

  /** `names`: `host:port` each. @throws DhtError `invalid-argument` */
  constructor(names: readonly string[], now: () => number, resolveName: ResolveName = systemLookup) {
    this.#entrances = names.map(parse)
    this.#now = now
    this.#resolveName = resolveName
  }

  get isEmpty(): boolean {
    return this.#entrances.length === 0
  }

  /** All addresses that can be found; names that cannot be resolved now are left out. */
  async addresses(): Promise<readonly NodeAddress[]> {
    if (this.#addresses === undefined || this.#now() - this.#resolvedAt > BOOTSTRAP_RESOLVE_MS) {
      this.#resolvedAt = this.#now()
      this.#addresses = this.#resolve()
    }
    const addresses = await this.#addresses
    if (addresses.length === 0) this.#addresses = undefined
    return addresses
  }

  async #resolve(): Promise<readonly NodeAddress[]> {
    const found = await Promise.all(
      this.#entrances.map(async ({ name, port }) => {
        if (isIPv4(name)) return [{ host: name, port }]
        try {
          return (await this.#resolveName(name)).map((host) => ({ host, port }))
        } catch {
          return []
        }
      }),
    )
    return found.flat()
  }
}

/** The kind of network that bootstrap nodes with these addresses belong to. */
export function scopeOf(addresses: readonly NodeAddress[]): AddressScope {
  const local = addresses.filter((address) => isLocalAddress(ipv4Number(address.host))).length
  if (local === addresses.length) return local === 0 ? 'any' : 'local'
  return local === 0 ? 'public' : 'any'
}

function parse(text: string): Entrance {
  const [, name, port] = /^([^:\s]+):(\d{1,5})$/.exec(text) ?? []
  if (name === undefined || port === undefined || Number(port) < 1 || Number(port) > 65535) {
    throw new DhtError('invalid-argument', `a bootstrap node must be host:port but is ${JSON.stringify(text)}`)
  }
  return { name, port: Number(port) }
}

async function systemLookup(name: string): Promise<readonly string[]> {
  return (await lookup(name, { family: 4, all: true })).map((entry) => entry.address)
}
