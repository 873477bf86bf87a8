import { formatHttpDate, parseHttpDate, type SignedPacket, wallMicroseconds } from '@pubky/pkarr'
import type { Context } from 'hono'
import { type HeaderRecord, type RelayEnv, reply } from './reply.ts'

/** Media type of relay payloads. */
const PAYLOAD_TYPE = 'application/pkarr.org/relays#payload'
/** For how long after `max-age` caches may give an answer out while they fetch a new one. */
const STALE_WHILE_REVALIDATE_SECONDS = 60

interface Prepared {
  readonly body: Uint8Array<ArrayBuffer>
  readonly lastModified: string
  readonly memento: string
  /** Second for which `headers` and `bodyHeaders` were made. */
  second: number
  headers: HeaderRecord
  bodyHeaders: HeaderRecord
}

/**
 * Answers with a packet (spec 04 §2.3). Body and headers of a packet are made once and kept as long as the packet is in
 * memory; only what depends on the time is made again, at most once a second.
 */
export class PacketAnswers {
  readonly #bounds: { readonly minimumTtl: number; readonly maximumTtl: number }
  readonly #prepared = new WeakMap<SignedPacket, Prepared>()

  constructor(bounds: { readonly minimumTtl: number; readonly maximumTtl: number }) {
    this.#bounds = bounds
  }

  /** 200 with the payload, or 304 when the asker has seen a packet of this time. */
  reply(c: Context<RelayEnv>, packet: SignedPacket): Response {
    const prepared = this.#prepare(packet)
    const condition = c.req.header('if-modified-since')
    if (condition !== undefined) {
      const since = parseHttpDate(condition)
      if (since !== undefined && packet.timestamp <= since) return reply(c, 304, prepared.headers, null)
    }
    return reply(c, 200, prepared.bodyHeaders, prepared.body)
  }

  #prepare(packet: SignedPacket): Prepared {
    const second = Math.floor(Date.now() / 1000)
    const known = this.#prepared.get(packet)
    if (known?.second === second) return known
    const prepared = known ?? {
      body: packet.payload(),
      lastModified: formatHttpDate(packet.timestamp),
      memento: formatHttpDate(packet.lastSeen),
      second,
      headers: {},
      bodyHeaders: {},
    }
    prepared.second = second
    prepared.headers = this.#headers(packet, prepared)
    prepared.bodyHeaders = { ...prepared.headers, 'content-length': String(prepared.body.length) }
    if (known === undefined) this.#prepared.set(packet, prepared)
    return prepared
  }

  #headers(packet: SignedPacket, prepared: Prepared): HeaderRecord {
    const { minimumTtl, maximumTtl } = this.#bounds
    // What is left of its life, not all of it: else a browser holds a packet for up to two lives.
    const maxAge = Math.max(1, packet.expiresIn(minimumTtl, maximumTtl, wallMicroseconds()))
    return {
      'content-type': PAYLOAD_TYPE,
      'cache-control': `public, max-age=${maxAge}, stale-while-revalidate=${STALE_WHILE_REVALIDATE_SECONDS}`,
      'last-modified': prepared.lastModified,
      'memento-datetime': prepared.memento,
    }
  }
}
