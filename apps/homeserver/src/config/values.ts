/** Value types of the configuration file, each with a message that says what is allowed. */
import { isIP } from 'node:net'
import { PublicKey } from '@pubky/crypto'
import { canonicalAddress, parseNetworks, parseQuota, type Quota, ServerKitError } from '@pubky/server-kit'
import { z } from 'zod'
import { parseBandwidthRate } from '../limits/bandwidth-rate.ts'

/** An address and port to listen on. */
export interface ListenSocket {
  readonly host: string
  /** 0 for a free one. */
  readonly port: number
}

/** `127.0.0.1:6286` or `[::1]:6286`; `localhost` means both loopback addresses, `*` all addresses of both families. */
export const socket = z
  .string('must be an address and port such as "127.0.0.1:6286"')
  .transform((text, context): ListenSocket => {
    const [, ipv6, ipv4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
    const host = ipv6 ?? ipv4 ?? ''
    const isHost = host === 'localhost' || host === '*' || isIP(host) === (ipv6 === undefined ? 4 : 6)
    if (isHost && Number(port) <= 65_535) {
      return { host, port: Number(port) }
    }
    return refuse(
      context,
      `${JSON.stringify(text)} is not an address and port such as "127.0.0.1:6286", "[::1]:6286" or "localhost:6286"`,
    )
  })

/** `10r/m` */
export const requestQuota = z.string('must be a quota such as "10r/m"').transform((text, context): Quota => {
  try {
    return parseQuota(text)
  } catch (error) {
    if (!(error instanceof ServerKitError)) throw error
    return refuse(context, error.message)
  }
})

/** `100mb/m` */
export const bandwidth = z
  .string('must be a bandwidth such as "100mb/m"')
  .refine((text) => parseBandwidthRate(text) !== undefined, {
    error: 'must be <n><kb|mb|gb>/<s|m|h|d> such as "100mb/m"',
  })

export const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER): z.ZodInt =>
  z
    .int(`must be a whole number of at least ${min}`)
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`)

export const bool = z.boolean('must be true or false')

export const port = wholeNumber(1, 65_535)

/** One of the words, named in the message. */
export function word<const W extends readonly [string, ...string[]]>(words: W): z.ZodEnum<{ [K in W[number]]: K }> {
  return z.enum(words, { error: `must be one of ${words.map((allowed) => `"${allowed}"`).join(', ')}` })
}

/** Networks such as `10.0.0.0/8`; a single address without length is refused, as upstream does. */
export const networks = z
  .array(z.string('must be a network such as "10.0.0.0/8"'), 'must be a list of networks')
  .transform((list, context): readonly string[] => {
    try {
      parseNetworks(list)
    } catch (error) {
      if (!(error instanceof ServerKitError)) throw error
      return refuse(context, error.message)
    }
    const bare = list.find((network) => !network.includes('/'))
    return bare === undefined ? list : refuse(context, `${JSON.stringify(bare)} needs a length, such as ${bare}/32`)
  })

/** `https://app.example`, as browsers send it. */
export const origin = z
  .string('must be an origin such as "https://app.example"')
  .refine((text) => URL.parse(text)?.origin === text, { error: 'must be an origin such as "https://app.example"' })

/** The default of `general.database_url`: SQLite in the data directory. */
export const EMBEDDED_DATABASE = 'sqlite:'

/** `sqlite:`, or the URL of a PostgreSQL database. Messages never repeat it: it may hold a password. */
export const databaseUrl = z
  .string('must be a URL')
  .refine((text) => text === EMBEDDED_DATABASE || /^postgres(?:ql)?:$/.test(URL.parse(text)?.protocol ?? ''), {
    error: `must be "${EMBEDDED_DATABASE}", the embedded database in the data directory, or "postgres://user:password@host:5432/database"`,
  })

/** A host name of RFC 1123; empty for none. */
export const domain = z
  .string('must be a host name')
  .refine((text) => text === '' || (text.length <= 253 && text.split('.').every(isDomainLabel)), {
    error: 'must be a host name such as "example.com", or "" for none',
  })

/** An IP address, `auto`, or empty for none. */
export const publicAddress = z
  .string('must be an IP address')
  .refine((text) => text === '' || isIP(text) !== 0, { error: 'must be an IPv4 or IPv6 address, or "" for none' })

export function isAddress(text: string): boolean {
  return canonicalAddress(text) !== undefined
}

export function isKey(text: string): boolean {
  try {
    return PublicKey.fromZ32(text).z32() === text
  } catch {
    return false
  }
}

function isDomainLabel(label: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label)
}

function refuse(context: z.core.$RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message, input: undefined })
  return z.NEVER
}
