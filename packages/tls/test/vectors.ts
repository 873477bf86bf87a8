import { readFileSync } from 'node:fs'

/** The groups of vectors/tls.json that the tests read; byte strings are hex. */
interface TlsVectors {
  readonly tls13Rpk: {
    readonly client_x25519_private: string
    readonly server_x25519_private: string
    readonly client_random: string
    readonly session_id: string
    readonly server_random: string
    readonly sni: string
    readonly messages: Readonly<
      Record<
        | 'client_hello'
        | 'server_hello'
        | 'encrypted_extensions'
        | 'certificate'
        | 'certificate_verify'
        | 'server_finished'
        | 'client_finished',
        string
      >
    >
    readonly secrets: Readonly<
      Record<'dhe' | 'handshake_secret' | 'th_sh' | 'c_hs' | 's_hs' | 'master' | 'th_sf' | 'c_ap' | 's_ap', string>
    >
    readonly wire_writes_in_order: readonly { readonly from: 'client' | 'server'; readonly hex: string }[]
    readonly officialClientHelloShape: { readonly extensionTypes: readonly number[]; readonly recordHex: string }
    readonly rfc8448KeySchedule: Readonly<Record<'earlySecret' | 'derived' | 'dhe' | 'handshakeSecret', string>>
    readonly serverNegatives: readonly Negative[]
    readonly clientNegatives: readonly Negative[]
  }
  readonly tls_captured: {
    readonly clientHellos: readonly { readonly name: string; readonly hex: string }[]
    readonly handshakes: readonly CapturedHandshake[]
    readonly serverAnswersToClientHello: { readonly cases: readonly ServerAnswer[] }
  }
}

export interface Negative {
  readonly input: string
  readonly alert: number
}

export interface CapturedHandshake {
  readonly name: string
  readonly sni: string
  readonly suite: string
  readonly flow: readonly { readonly from: 'client' | 'server'; readonly hex: string }[]
  readonly secrets: Readonly<
    Record<'CLIENT_HANDSHAKE_TRAFFIC_SECRET' | 'SERVER_HANDSHAKE_TRAFFIC_SECRET', string> &
      Partial<Record<'CLIENT_TRAFFIC_SECRET_0' | 'SERVER_TRAFFIC_SECRET_0', string>>
  >
  readonly serverMessages: Readonly<Record<string, string>>
  readonly serverKey?: string
  readonly clientMessages: { readonly type: number; readonly hex: string }
  readonly newSessionTickets?: readonly string[]
}

export interface ServerAnswer {
  readonly input: string
  readonly records: readonly string[]
  readonly accepted?: boolean
  readonly alert?: number
  readonly encrypted?: boolean
  readonly helloRetryRequest?: boolean
}

export const vectors: TlsVectors = JSON.parse(readFileSync(new URL('../vectors/tls.json', import.meta.url), 'utf8'))

export function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}
