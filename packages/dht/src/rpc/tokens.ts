import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { equalBytes, randomBytes } from '@pubky/crypto'
import { ipv4Bytes } from '../address.ts'
import { TOKEN_ROTATION_MS } from '../constants.ts'

const TOKEN_BYTES = 8
const SECRET_BYTES = 32

/**
 * Tokens that prove that somebody receives datagrams at an address: a keyed hash of it, so that one token tells nothing
 * about others (spec 04 §4.4). The secret changes every {@link TOKEN_ROTATION_MS}; tokens of the last one still count.
 */
export class Tokens {
  #current = freshSecret()
  #previous = freshSecret()
  #rotatedAt: number

  constructor(now: number) {
    this.#rotatedAt = now
  }

  /** The token for an address. */
  issue(ip: number, now: number): Uint8Array {
    this.#rotate(now)
    return token(this.#current, ip)
  }

  /** Whether a token was issued to this address within the last one to two rotations. */
  accepts(candidate: Uint8Array, ip: number, now: number): boolean {
    this.#rotate(now)
    return equalBytes(candidate, token(this.#current, ip)) || equalBytes(candidate, token(this.#previous, ip))
  }

  /** Catches up with the clock, so that a secret is never used longer than it may be, even after a long silence. */
  #rotate(now: number): void {
    const elapsed = now - this.#rotatedAt
    if (elapsed < TOKEN_ROTATION_MS) return
    this.#previous = elapsed < 2 * TOKEN_ROTATION_MS ? this.#current : freshSecret()
    this.#current = freshSecret()
    this.#rotatedAt = now
  }
}

/** A key object, so that it need not be made ready for every token. */
function freshSecret(): KeyObject {
  return createSecretKey(randomBytes(SECRET_BYTES))
}

function token(secret: KeyObject, ip: number): Uint8Array {
  return new Uint8Array(createHmac('sha256', secret).update(ipv4Bytes(ip)).digest()).subarray(0, TOKEN_BYTES)
}
