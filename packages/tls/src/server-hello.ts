import { ALERT } from './alerts.ts'
import type { CipherSuite } from './cipher-suites.ts'
import { EXTENSION, HELLO_RETRY_RANDOM, LEGACY_VERSION, MESSAGE_TYPE, TLS_1_3 } from './constants.ts'
import { noAgreement, violation } from './errors.ts'
import { readExtensions } from './extensions.ts'
import type { KeyShare, NamedGroup } from './key-exchange.ts'
import { bodyOf } from './messages.ts'
import { Reader } from './reader.ts'
import { extension, handshakeMessage, u8, u16, vector8, vector16 } from './writer.ts'

/** What a server chose, common to ServerHello and HelloRetryRequest (RFC 8446 §4.1.3–4.1.4). */
interface ServerChoice {
  readonly sessionId: Buffer
  readonly suite: number
}

export interface ServerHello extends ServerChoice {
  readonly retry: false
  readonly group: number
  readonly share: Buffer
}

export interface HelloRetryRequest extends ServerChoice {
  readonly retry: true
  /** The group it asks for, if it does. */
  readonly group: number | undefined
  /** Content of its cookie extension. */
  readonly cookie: Buffer | undefined
}

export function encodeServerHello(random: Buffer, sessionId: Buffer, suite: CipherSuite, keyShare: KeyShare): Buffer {
  const share = extension(EXTENSION.keyShare, u16(keyShare.group.id), vector16(keyShare.publicValue))
  return encode(random, sessionId, suite, share)
}

export function encodeHelloRetryRequest(sessionId: Buffer, suite: CipherSuite, group: NamedGroup): Buffer {
  return encode(HELLO_RETRY_RANDOM, sessionId, suite, extension(EXTENSION.keyShare, u16(group.id)))
}

/**
 * Reads a ServerHello or HelloRetryRequest.
 * @throws TlsError `protocol-violation`; `no-agreement` (70) when the server chose an older TLS
 */
export function decodeServerHello(message: Buffer): ServerHello | HelloRetryRequest {
  const body = bodyOf(message, 'ServerHello')
  const version = body.u16()
  const random = body.bytes(32)
  const sessionId = body.vector8().rest()
  const suite = body.u16()
  const compression = body.u8()
  const extensions = body.remaining > 0 ? readExtensions(body.vector16()) : new Map<number, Buffer>()
  body.end()
  checkVersion(version, extensions.get(EXTENSION.supportedVersions))
  if (compression !== 0) throw violation(ALERT.illegalParameter, 'server chose a compression')
  return random.equals(HELLO_RETRY_RANDOM)
    ? readRetry({ sessionId, suite }, extensions)
    : readHello({ sessionId, suite }, extensions)
}

function readHello(choice: ServerChoice, extensions: ReadonlyMap<number, Buffer>): ServerHello {
  refuseOthers(extensions, [EXTENSION.supportedVersions, EXTENSION.keyShare])
  const content = extensions.get(EXTENSION.keyShare)
  if (!content) throw violation(ALERT.missingExtension, 'ServerHello without key_share')
  const reader = new Reader(content, 'key_share')
  const group = reader.u16()
  const share = reader.vector16(1).rest()
  reader.end()
  return { retry: false, ...choice, group, share }
}

function readRetry(choice: ServerChoice, extensions: ReadonlyMap<number, Buffer>): HelloRetryRequest {
  refuseOthers(extensions, [EXTENSION.supportedVersions, EXTENSION.keyShare, EXTENSION.cookie])
  const content = extensions.get(EXTENSION.keyShare)
  let group: number | undefined
  if (content) {
    const reader = new Reader(content, 'key_share')
    group = reader.u16()
    reader.end()
  }
  const cookie = extensions.get(EXTENSION.cookie)
  if (cookie) {
    const reader = new Reader(cookie, 'cookie')
    reader.vector16(1)
    reader.end()
  }
  return { retry: true, ...choice, group, cookie }
}

function encode(random: Buffer, sessionId: Buffer, suite: CipherSuite, keyShare: Buffer): Buffer {
  return handshakeMessage(
    MESSAGE_TYPE.serverHello,
    u16(LEGACY_VERSION),
    random,
    vector8(sessionId),
    u16(suite.id),
    u8(0),
    vector16(keyShare, extension(EXTENSION.supportedVersions, u16(TLS_1_3))),
  )
}

function checkVersion(legacy: number, supportedVersions: Buffer | undefined): void {
  if (!supportedVersions) throw noAgreement(ALERT.protocolVersion, 'server does not speak TLS 1.3')
  const reader = new Reader(supportedVersions, 'supported_versions')
  const selected = reader.u16()
  reader.end()
  if (selected !== TLS_1_3 || legacy !== LEGACY_VERSION) {
    throw violation(ALERT.illegalParameter, 'server chose a version that was not offered')
  }
}

function refuseOthers(extensions: ReadonlyMap<number, Buffer>, allowed: readonly number[]): void {
  for (const type of extensions.keys()) {
    if (allowed.includes(type)) continue
    throw violation(ALERT.unsupportedExtension, `ServerHello with extension ${type}, which was not offered`)
  }
}
