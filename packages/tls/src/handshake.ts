import type { PublicKey } from '@pubky/crypto'
import type { CipherSuite } from './cipher-suites.ts'
import type { NamedGroup } from './key-exchange.ts'
import type { RecordProtection } from './record-protection.ts'

/** What a finished handshake agreed on. */
export interface HandshakeResult {
  readonly suite: CipherSuite
  readonly group: NamedGroup
  /** The host name that the client sent, if it sent one. */
  readonly servername: string | undefined
  /** The key that the server proved to hold; on the server `undefined`, as clients prove none. */
  readonly peerKey: PublicKey | undefined
}

/** What a handshake may do with its connection. */
export interface HandshakeChannel {
  /** Sends whole messages, in one record if they fit. */
  sendMessages(...messages: readonly Buffer[]): void
  sendChangeCipherSpec(): void
  /** Protects everything sent from now on. */
  protectWriting(protection: RecordProtection): void
  /** Expects everything from now on to be protected so. */
  protectReading(protection: RecordProtection): void
  /** Opens the connection for application data. */
  complete(result: HandshakeResult): void
}

/** One side's handshake: messages in, calls of the channel out, no other effect. */
export interface Handshake {
  readonly role: 'client' | 'server'
  /** Longest message body acceptable now, in bytes. */
  readonly messageLimit: number
  /** Called once before any message. */
  start(channel: HandshakeChannel): void
  /**
   * One message, header included; `last` when nothing follows it in its record.
   * @throws TlsError for a breach of the protocol
   */
  receive(message: Buffer, last: boolean, channel: HandshakeChannel): void
  /** Overwrites secrets that the handshake still holds. */
  dispose(): void
}
