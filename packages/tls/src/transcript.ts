import { createHash, type Hash } from 'node:crypto'
import type { CipherSuite } from './cipher-suites.ts'
import { MESSAGE_TYPE } from './constants.ts'
import { handshakeMessage } from './writer.ts'

/** Running hash over all handshake messages, headers included (RFC 8446 §4.4.1). */
export class Transcript {
  #hash: Hash | undefined
  #waiting: Buffer[] = []

  /** Adds a whole message. Before the suite is known, messages are kept. */
  add(message: Buffer): void {
    if (this.#hash) this.#hash.update(message)
    else this.#waiting.push(message)
  }

  /** Fixes the hash function. Calling it again with a suite of the same hash changes nothing. */
  use(suite: CipherSuite): void {
    if (this.#hash) return
    this.#hash = createHash(suite.hash)
    for (const message of this.#waiting) this.#hash.update(message)
    this.#waiting = []
  }

  /** Replaces all so far (the first ClientHello) by its hash, as a HelloRetryRequest asks for. */
  restartForRetry(suite: CipherSuite): void {
    this.use(suite)
    const first = this.digest()
    this.#hash = createHash(suite.hash).update(handshakeMessage(MESSAGE_TYPE.messageHash, first))
  }

  /** Hash of all so far; more can be added later. */
  digest(): Buffer {
    if (!this.#hash) throw new Error('the cipher suite is not known yet')
    return this.#hash.copy().digest()
  }
}
