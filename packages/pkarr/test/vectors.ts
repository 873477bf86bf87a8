/** The Pkarr vectors of the specification, typed. Each group names how it was obtained; see `provenance`. */
import { readFileSync } from 'node:fs'
import { hexDecode } from '@pubky/crypto'
import type { DnsRecord } from '../src/index.ts'
import { encodeServiceParameters, txtStrings } from '../src/index.ts'

interface VectorRecord {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'TXT' | 'CNAME' | 'SVCB' | 'HTTPS'
  readonly ttl: number
  readonly data: string | { readonly priority: number; readonly target: string; readonly params: [number, string][] }
}

interface Vectors {
  readonly keys: { readonly seeds: readonly { seedHex: string; publicKeyHex: string; z32: string }[] }
  readonly nameNormalisation: { readonly origin: string; readonly cases: readonly { input: string; expect: string }[] }
  readonly signedPackets: readonly {
    readonly name: string
    readonly seedHex: string
    readonly z32: string
    readonly timestamp: string
    readonly records: readonly VectorRecord[]
    readonly dnsHex: string
    readonly signatureHex: string
    readonly payloadHex: string
    readonly bytesLength: number
  }[]
  readonly sizeLimits: readonly { readonly dnsLength: number; readonly payloadHex: string }[]
  readonly invalidPayloads: readonly { name: string; z32: string; payloadHex: string; error: string }[]
  readonly acceptedOddPayloads: readonly { name: string; z32: string; payloadHex: string }[]
  readonly smallOrderKey: { readonly publicKeyHex: string; readonly z32: string; readonly payloadHex: string }
  readonly ordering: {
    readonly packets: Readonly<Record<string, string>>
    readonly cases: readonly { x: string; y: string; moreRecent: boolean }[]
  }
  readonly ttl: {
    readonly cases: readonly { ttls: number[]; min: number; max: number; ttl: number }[]
    readonly expiry: readonly {
      ttls: number[]
      min: number
      max: number
      elapsed: number
      expiresIn: number
      expired: boolean
    }[]
  }
  readonly storedForm: { readonly lastSeen: string; readonly hex: string }
  readonly httpDates: readonly { timestampMicros: string; httpDate: string }[]
  readonly notModified: readonly { packet: string; ifModifiedSince: string; status: number }[]
  readonly endpoints: {
    readonly cases: readonly {
      readonly name: string
      readonly packets: readonly string[]
      readonly query: string
      readonly endpoints: readonly {
        target: string
        publicKeyZ32: string
        port: number | null
        addrs?: string[]
        params?: Record<string, string>
      }[]
      readonly browserUrl?: string | null
      readonly error?: string
    }[]
  }
  readonly relay_client_seen: {
    readonly cases: readonly {
      readonly case: string
      readonly requests?: readonly { line: string; headers: Readonly<Record<string, string>> }[]
      readonly result: string
    }[]
  }
}

/** The file as it is. */
export const vectors: Vectors = JSON.parse(readFileSync(new URL('../vectors/pkarr.json', import.meta.url), 'utf8'))

/** A record of the vectors as our builder takes it. */
export function recordOf({ name, type, ttl, data }: VectorRecord): DnsRecord {
  if (typeof data !== 'string') {
    if (type !== 'SVCB' && type !== 'HTTPS') throw new Error(`vector record ${name} has parameters`)
    const params = new Map(data.params.map(([key, hex]) => [key, hexDecode(hex)]))
    return { name, ttl, type, priority: data.priority, target: data.target, params }
  }
  switch (type) {
    case 'A':
      return { name, ttl, type, address: data }
    case 'AAAA':
      return { name, ttl, type, address: ipv6(data) }
    case 'CNAME':
      return { name, ttl, type, target: data }
    case 'TXT':
      return { name, ttl, type, strings: txtStrings(data) }
    default:
      return { name, ttl, type, priority: 0, target: data, params: encodeServiceParameters({}) }
  }
}

function ipv6(hex: string): string {
  return hex.replace(/(.{4})(?=.)/g, '$1:')
}

/** Messages with the verdict of the official DNS decoder: `ok` and the number of answers, or the text of its error. */
export const dnsVerdicts: { readonly messages: readonly (readonly [hex: string, official: string])[] } = JSON.parse(
  readFileSync(new URL('../vectors/dns-verdicts.json', import.meta.url), 'utf8'),
)
