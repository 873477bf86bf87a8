import { ALERT } from './alerts.ts'
import {
  ED25519_SCHEME,
  EXTENSION,
  MESSAGE_HEADER_LENGTH,
  MESSAGE_TYPE,
  RAW_PUBLIC_KEY,
  SPKI_LENGTH,
  SPKI_PREFIX,
} from './constants.ts'
import { noAgreement, violation } from './errors.ts'
import { readExtensions } from './extensions.ts'
import { Reader } from './reader.ts'
import { extension, handshakeMessage, u8, u16, vector8, vector16, vector24 } from './writer.ts'

/** The body of a message that {@link Reader} walks over. */
export function bodyOf(message: Buffer, what: string): Reader {
  return new Reader(message.subarray(MESSAGE_HEADER_LENGTH), what)
}

/** EncryptedExtensions as the official server sends it (spec 04 §6.3): server_name first, if the client sent one. */
export function encodeEncryptedExtensions(acknowledgeServerName: boolean): Buffer {
  const serverName = acknowledgeServerName ? [extension(EXTENSION.serverName)] : []
  const certificateType = extension(EXTENSION.serverCertificateType, u8(RAW_PUBLIC_KEY))
  return handshakeMessage(MESSAGE_TYPE.encryptedExtensions, vector16(...serverName, certificateType))
}

/**
 * Checks the server's EncryptedExtensions against what our ClientHello offered.
 * @throws TlsError `protocol-violation`, `no-agreement` (40) without raw public key
 */
export function checkEncryptedExtensions(message: Buffer): void {
  const body = bodyOf(message, 'EncryptedExtensions')
  const extensions = readExtensions(body.vector16())
  body.end()
  for (const [type, content] of extensions) {
    switch (type) {
      case EXTENSION.serverName:
        if (content.length !== 0) throw violation(ALERT.decodeError, 'server_name acknowledgement is not empty')
        break
      case EXTENSION.supportedGroups:
      case EXTENSION.serverCertificateType:
        break
      case EXTENSION.signatureAlgorithms:
      case EXTENSION.supportedVersions:
      case EXTENSION.keyShare:
        throw violation(ALERT.illegalParameter, `extension ${type} does not belong into EncryptedExtensions`)
      default:
        throw violation(ALERT.unsupportedExtension, `EncryptedExtensions with extension ${type}, which was not offered`)
    }
  }
  const certificateType = extensions.get(EXTENSION.serverCertificateType)
  if (certificateType?.length !== 1 || certificateType[0] !== RAW_PUBLIC_KEY) {
    throw noAgreement(ALERT.handshakeFailure, 'server does not use a raw public key')
  }
}

/** A Certificate message that holds a raw Ed25519 public key of 32 bytes (RFC 7250). */
export function encodeCertificate(publicKey: Uint8Array): Buffer {
  const entry = [vector24(SPKI_PREFIX, publicKey), vector16()]
  return handshakeMessage(MESSAGE_TYPE.certificate, vector8(), vector24(...entry))
}

/**
 * The 32 bytes of the raw Ed25519 public key in a server's Certificate message.
 * @throws TlsError `protocol-violation`: more than one entry (42), not an Ed25519 SPKI (43), extensions (110)
 */
export function decodeCertificate(message: Buffer): Buffer {
  const body = bodyOf(message, 'Certificate')
  if (body.vector8().remaining !== 0) {
    throw violation(ALERT.illegalParameter, 'server Certificate with a request context')
  }
  const entries = body.vector24(1)
  body.end()
  const spki = entries.vector24(1).rest()
  const extensions = readExtensions(entries.vector16())
  if (entries.remaining !== 0) throw violation(ALERT.badCertificate, 'Certificate with more than one entry')
  if (extensions.size > 0) throw violation(ALERT.unsupportedExtension, 'Certificate entry with extensions')
  if (spki.length !== SPKI_LENGTH || !spki.subarray(0, SPKI_PREFIX.length).equals(SPKI_PREFIX)) {
    throw violation(ALERT.unsupportedCertificate, 'Certificate does not hold a raw Ed25519 key')
  }
  return spki.subarray(SPKI_PREFIX.length)
}

/** What the server's CertificateVerify signs (RFC 8446 §4.4.3). `transcriptHash` covers ClientHello … Certificate. */
export function certificateVerifyInput(transcriptHash: Buffer): Buffer {
  return Buffer.concat([CERTIFICATE_VERIFY_CONTEXT, transcriptHash])
}

export function encodeCertificateVerify(signature: Uint8Array): Buffer {
  return handshakeMessage(MESSAGE_TYPE.certificateVerify, u16(ED25519_SCHEME), vector16(signature))
}

/** The signature in a CertificateVerify. @throws TlsError `protocol-violation` (47) for another scheme than ed25519 */
export function decodeCertificateVerify(message: Buffer): Buffer {
  const body = bodyOf(message, 'CertificateVerify')
  const scheme = body.u16()
  const signature = body.vector16().rest()
  body.end()
  if (scheme !== ED25519_SCHEME) {
    throw violation(
      ALERT.illegalParameter,
      `CertificateVerify with scheme 0x${scheme.toString(16)}, which was not offered`,
    )
  }
  return signature
}

export function encodeFinished(mac: Buffer): Buffer {
  return handshakeMessage(MESSAGE_TYPE.finished, mac)
}

export function encodeKeyUpdate(requestPeer: boolean): Buffer {
  return handshakeMessage(MESSAGE_TYPE.keyUpdate, u8(requestPeer ? 1 : 0))
}

/** Whether the peer of a KeyUpdate asks for ours. @throws TlsError `protocol-violation` (47, 50) */
export function decodeKeyUpdate(message: Buffer): boolean {
  const body = bodyOf(message, 'KeyUpdate')
  const request = body.u8()
  body.end()
  if (request > 1) throw violation(ALERT.illegalParameter, `KeyUpdate with request ${request}`)
  return request === 1
}

const CERTIFICATE_VERIFY_CONTEXT = Buffer.concat([
  Buffer.alloc(64, 0x20),
  Buffer.from('TLS 1.3, server CertificateVerify\0', 'latin1'),
])
