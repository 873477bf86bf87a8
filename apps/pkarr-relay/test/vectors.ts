import { readFileSync } from 'node:fs'

/** One HTTP exchange with the official relay. */
export interface SeenExchange {
  readonly relay: 'a' | 'dead' | 'empty' | 'limited' | 'dhtLimited'
  readonly request: string
  readonly requestHeaders?: Readonly<Record<string, string>>
  readonly bodyHex?: string
  readonly bodyFill?: string
  readonly note?: string
  /** `null`: the connection was closed without an answer. */
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string
    readonly bodyHex?: string
    readonly bodyPrefix?: string
  } | null
}

interface Vectors {
  readonly relay_seen: { readonly exchanges: readonly SeenExchange[] }
  readonly relayHttp: readonly {
    readonly request: string
    readonly bodyHex?: string
    readonly bodyBytes?: number
    readonly response: {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
      readonly bodyHex?: string
      readonly bodyPrefix?: string
    }
  }[]
  readonly notModified: readonly { packet: string; ifModifiedSince: string; status: number }[]
  readonly quota: {
    readonly accept: readonly { text: string; requests: number; periodSeconds: number }[]
    readonly reject: readonly { text: string }[]
  }
  readonly invalidPayloads: readonly { name: string; z32: string; payloadHex: string; relayStatus: number }[]
}

/** The relay's share of the Pkarr vectors of the specification. */
export const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../vectors/pkarr-relay.json', import.meta.url), 'utf8'),
)
