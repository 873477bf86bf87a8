import { ALERT } from './alerts.ts'
import type { CipherSuite } from './cipher-suites.ts'
import {
  ED25519_SCHEME,
  EXTENSION,
  LEGACY_VERSION,
  MAX_HOST_NAME,
  MESSAGE_TYPE,
  RAW_PUBLIC_KEY,
  TLS_1_3,
} from './constants.ts'
import { violation } from './errors.ts'
import { readExtensions } from './extensions.ts'
import type { KeyShare, NamedGroup } from './key-exchange.ts'
import { bodyOf } from './messages.ts'
import { Reader } from './reader.ts'
import { extension, handshakeMessage, u8, u16, vector8, vector16 } from './writer.ts'

/** The fields of a ClientHello (RFC 8446 §4.1.2); extensions in wire order. */
export interface ClientHello {
  readonly random: Buffer
  readonly sessionId: Buffer
  readonly suites: readonly number[]
  readonly compressions: Buffer
  readonly extensions: ReadonlyMap<number, Buffer>
}

/** What our client puts into its ClientHello. */
export interface ClientHelloFields {
  readonly random: Buffer
  readonly sessionId: Buffer
  readonly suites: readonly CipherSuite[]
  readonly groups: readonly NamedGroup[]
  readonly keyShare: KeyShare
  readonly servername: string
  /** Content of the cookie extension of a HelloRetryRequest, to be sent back. */
  readonly cookie: Buffer | undefined
}

/** One ClientHello of this profile: TLS 1.3, Ed25519, raw public key, one share (`#tls13Rpk.messages.client_hello`). */
export function encodeClientHello(fields: ClientHelloFields): Buffer {
  const { keyShare } = fields
  const extensions = [
    extension(EXTENSION.serverName, vector16(u8(HOST_NAME), vector16(Buffer.from(fields.servername, 'latin1')))),
    extension(EXTENSION.supportedGroups, vector16(...fields.groups.map((group) => u16(group.id)))),
    extension(EXTENSION.signatureAlgorithms, vector16(u16(ED25519_SCHEME))),
    extension(EXTENSION.serverCertificateType, vector8(u8(RAW_PUBLIC_KEY))),
    extension(EXTENSION.supportedVersions, vector8(u16(TLS_1_3))),
    extension(EXTENSION.keyShare, vector16(u16(keyShare.group.id), vector16(keyShare.publicValue))),
  ]
  if (fields.cookie) extensions.push(extension(EXTENSION.cookie, fields.cookie))
  return handshakeMessage(
    MESSAGE_TYPE.clientHello,
    u16(LEGACY_VERSION),
    fields.random,
    vector8(fields.sessionId),
    vector16(...fields.suites.map((suite) => u16(suite.id))),
    vector8(u8(NO_COMPRESSION)),
    vector16(...extensions),
  )
}

/** @throws TlsError `protocol-violation`: malformed (50), extension twice or pre_shared_key not last (47) */
export function decodeClientHello(message: Buffer): ClientHello {
  const body = bodyOf(message, 'ClientHello')
  body.u16()
  const random = body.bytes(32)
  const sessionId = body.vector8().rest()
  if (sessionId.length > 32) throw violation(ALERT.decodeError, 'session id longer than 32 bytes')
  const suites = body.vector16(2).numbers16()
  const compressions = body.vector8(1).rest()
  // A hello of TLS 1.2 and older may end here.
  const extensions: Map<number, Buffer> = body.remaining > 0 ? readExtensions(body.vector16()) : new Map()
  body.end()
  if (extensions.has(EXTENSION.preSharedKey) && [...extensions.keys()].at(-1) !== EXTENSION.preSharedKey) {
    throw violation(ALERT.illegalParameter, 'pre_shared_key is not the last extension')
  }
  return { random, sessionId, suites, compressions, extensions }
}

/**
 * The host name in server_name (RFC 6066 §3), or `undefined` when there is none.
 * @throws TlsError `protocol-violation`: malformed (50), two host names, too long, or not visible ASCII (47)
 */
export function serverNameOf(hello: ClientHello): string | undefined {
  const names = listOf(hello, EXTENSION.serverName, 'server_name', (content) => content.vector16(1))
  let hostName: string | undefined
  while (names && names.remaining > 0) {
    const type = names.u8()
    const name = names.vector16(1).rest()
    if (type !== HOST_NAME) continue
    if (hostName !== undefined) throw violation(ALERT.illegalParameter, 'server_name with two host names')
    hostName = name.toString('latin1')
    if (!isHostName(hostName)) throw violation(ALERT.illegalParameter, 'server_name is not an ASCII host name')
  }
  return hostName
}

/** Whether a text may stand in server_name: 1…255 visible ASCII characters. */
export function isHostName(text: string): boolean {
  return text.length <= MAX_HOST_NAME && /^[\x21-\x7e]+$/.test(text)
}

export function supportedVersionsOf(hello: ClientHello): readonly number[] | undefined {
  return listOf(hello, EXTENSION.supportedVersions, 'supported_versions', (content) => content.vector8(2))?.numbers16()
}

export function signatureAlgorithmsOf(hello: ClientHello): readonly number[] | undefined {
  const list = listOf(hello, EXTENSION.signatureAlgorithms, 'signature_algorithms', (content) => content.vector16(2))
  return list?.numbers16()
}

export function supportedGroupsOf(hello: ClientHello): readonly number[] | undefined {
  return listOf(hello, EXTENSION.supportedGroups, 'supported_groups', (content) => content.vector16(2))?.numbers16()
}

export function serverCertificateTypesOf(hello: ClientHello): Buffer | undefined {
  const list = listOf(hello, EXTENSION.serverCertificateType, 'server_certificate_type', (content) =>
    content.vector8(1),
  )
  return list?.rest()
}

/** Shares by group number. @throws TlsError `protocol-violation`: malformed (50), a group twice (47) */
export function keySharesOf(hello: ClientHello): ReadonlyMap<number, Buffer> | undefined {
  const list = listOf(hello, EXTENSION.keyShare, 'key_share', (content) => content.vector16())
  if (!list) return undefined
  const shares = new Map<number, Buffer>()
  while (list.remaining > 0) {
    const group = list.u16()
    const share = list.vector16(1).rest()
    if (shares.has(group)) throw violation(ALERT.illegalParameter, `two key shares for group ${group}`)
    shares.set(group, share)
  }
  return shares
}

function listOf(
  hello: ClientHello,
  type: number,
  what: string,
  vector: (content: Reader) => Reader,
): Reader | undefined {
  const content = hello.extensions.get(type)
  if (!content) return undefined
  const reader = new Reader(content, what)
  const list = vector(reader)
  reader.end()
  return list
}

const HOST_NAME = 0
const NO_COMPRESSION = 0
