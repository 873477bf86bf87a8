/** A TLS 1.3 cipher suite: an AEAD and the hash of the key schedule. */
export interface CipherSuite {
  readonly id: number
  /** IANA name, as `TlsSocket.cipherSuite` shows it. */
  readonly name: string
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305'
  readonly hash: 'sha256' | 'sha384'
  /** Bytes of the hash, and so of each secret. */
  readonly hashLength: number
  readonly keyLength: number
}

/** In the order in which our client offers them. */
export const CIPHER_SUITES: readonly CipherSuite[] = [
  { id: 0x1301, name: 'TLS_AES_128_GCM_SHA256', cipher: 'aes-128-gcm', hash: 'sha256', hashLength: 32, keyLength: 16 },
  { id: 0x1302, name: 'TLS_AES_256_GCM_SHA384', cipher: 'aes-256-gcm', hash: 'sha384', hashLength: 48, keyLength: 32 },
  {
    id: 0x1303,
    name: 'TLS_CHACHA20_POLY1305_SHA256',
    cipher: 'chacha20-poly1305',
    hash: 'sha256',
    hashLength: 32,
    keyLength: 32,
  },
]

/** The suite of a wire number, or `undefined` when this profile lacks it. */
export function cipherSuiteOf(id: number): CipherSuite | undefined {
  return CIPHER_SUITES.find((suite) => suite.id === id)
}
