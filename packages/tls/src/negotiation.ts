import { ALERT } from './alerts.ts'
import { type CipherSuite, cipherSuiteOf } from './cipher-suites.ts'
import {
  type ClientHello,
  keySharesOf,
  serverCertificateTypesOf,
  serverNameOf,
  signatureAlgorithmsOf,
  supportedGroupsOf,
  supportedVersionsOf,
} from './client-hello.ts'
import { ED25519_SCHEME, RAW_PUBLIC_KEY, TLS_1_3 } from './constants.ts'
import { noAgreement, violation } from './errors.ts'
import { type NamedGroup, namedGroupOf } from './key-exchange.ts'

/** What a server of this profile makes of a ClientHello. */
export interface Negotiation {
  readonly suite: CipherSuite
  readonly group: NamedGroup
  /** The client's share for `group`; without one the client must be asked again. */
  readonly share: Buffer | undefined
  /** How many shares the client sent. */
  readonly shares: number
  readonly servername: string | undefined
}

/**
 * Chooses as the official server does (spec 04 §6.2): the client's first suite and first group that we support.
 * Checks in the order of spec 04 §6.9.
 * @throws TlsError `no-agreement` (40, 70), `protocol-violation` (47, 50, 109)
 */
export function negotiate(hello: ClientHello): Negotiation {
  if (!supportedVersionsOf(hello)?.includes(TLS_1_3)) {
    throw noAgreement(ALERT.protocolVersion, 'client does not offer TLS 1.3')
  }
  if (hello.compressions.length !== 1 || hello.compressions[0] !== 0) {
    throw violation(ALERT.illegalParameter, 'client offers compression')
  }
  const algorithms = required(signatureAlgorithmsOf(hello), 'signature_algorithms')
  const groups = required(supportedGroupsOf(hello), 'supported_groups')
  const shares = required(keySharesOf(hello), 'key_share')
  for (const group of shares.keys()) {
    if (!groups.includes(group)) {
      throw violation(ALERT.illegalParameter, `key share for group ${group}, which is not in supported_groups`)
    }
  }
  if (!algorithms.includes(ED25519_SCHEME)) {
    throw noAgreement(ALERT.handshakeFailure, 'client does not accept Ed25519 signatures')
  }
  if (!serverCertificateTypesOf(hello)?.includes(RAW_PUBLIC_KEY)) {
    throw noAgreement(ALERT.handshakeFailure, 'client does not accept raw public keys')
  }
  const suite = firstOf(hello.suites, cipherSuiteOf, 'cipher suite')
  const group = firstOf(groups, namedGroupOf, 'group')
  return { suite, group, share: shares.get(group.id), shares: shares.size, servername: serverNameOf(hello) }
}

function required<T>(value: T | undefined, extension: string): T {
  if (value === undefined) throw violation(ALERT.missingExtension, `ClientHello without ${extension}`)
  return value
}

function firstOf<T>(ids: readonly number[], lookUp: (id: number) => T | undefined, what: string): T {
  for (const id of ids) {
    const known = lookUp(id)
    if (known) return known
  }
  throw noAgreement(ALERT.handshakeFailure, `client offers no ${what} that this server supports`)
}
