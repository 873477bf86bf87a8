/** Numbers of RFC 8446 and RFC 7250 that more than one file needs. */

export const RECORD_TYPE = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const

export const MESSAGE_TYPE = {
  clientHello: 1,
  serverHello: 2,
  newSessionTicket: 4,
  encryptedExtensions: 8,
  certificate: 11,
  certificateVerify: 15,
  finished: 20,
  keyUpdate: 24,
  messageHash: 254,
} as const

export const EXTENSION = {
  serverName: 0,
  supportedGroups: 10,
  signatureAlgorithms: 13,
  serverCertificateType: 20,
  preSharedKey: 41,
  supportedVersions: 43,
  cookie: 44,
  keyShare: 51,
} as const

/** Record header: type, legacy version, length of what follows. */
export const RECORD_HEADER_LENGTH = 5
/** Most plaintext bytes in one record. */
export const MAX_PLAINTEXT = 16_384
/** Most bytes behind the header of an encrypted record. */
export const MAX_CIPHERTEXT = MAX_PLAINTEXT + 256
/** Handshake header: type, 24-bit length. */
export const MESSAGE_HEADER_LENGTH = 4
/** Longest handshake message we accept, header excluded (spec 04 §6.9). */
export const MAX_MESSAGE = 65_536
/** Longest ClientHello we accept, header excluded (spec 04 §6.9). */
export const MAX_CLIENT_HELLO = 16_384

export const LEGACY_VERSION = 0x0303
export const TLS_1_3 = 0x0304
/** Signature scheme ed25519, the only one of this profile. */
export const ED25519_SCHEME = 0x0807
/** Certificate type RawPublicKey (RFC 7250). */
export const RAW_PUBLIC_KEY = 2
/** Longest host name in server_name, and the longest we send. */
export const MAX_HOST_NAME = 255

/** The `random` that makes a ServerHello a HelloRetryRequest: SHA-256 of "HelloRetryRequest". */
export const HELLO_RETRY_RANDOM: Buffer = Buffer.from(
  'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c',
  'hex',
)

/** DER of a SubjectPublicKeyInfo up to the 32 bytes of an Ed25519 key (RFC 8410). */
export const SPKI_PREFIX: Buffer = Buffer.from('302a300506032b6570032100', 'hex')
/** Whole length of such a SubjectPublicKeyInfo. */
export const SPKI_LENGTH = 44
