import { addressKey, isLocalAddress } from '../address.ts'
import { MAX_SOURCES, QUERIES_IN_ALL, QUERIES_PER_LOCAL_SOURCE, QUERIES_PER_SOURCE } from '../constants.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'

/**
 * Decides before any parsing whether a query may be read: a rate for each address, and one for all that ask little and one
 * for all that ask much. Local addresses are told apart by port, because a test network shares one address.
 */
export class SourceLimits {
  readonly #sources = new Map<number, TokenBucket>()
  readonly #modest: TokenBucket
  readonly #greedy: TokenBucket
  readonly #perSource: Rate

  /** @param perSource of an address of another machine */
  constructor(now: number, perSource: Rate = QUERIES_PER_SOURCE) {
    this.#perSource = perSource
    this.#modest = new TokenBucket(QUERIES_IN_ALL, now)
    this.#greedy = new TokenBucket(QUERIES_IN_ALL, now)
  }

  /** Counts one query from this source at this time. */
  admits(ip: number, port: number, now: number): boolean {
    const local = isLocalAddress(ip)
    const key = addressKey(ip, local ? port : 0)
    let bucket = this.#sources.get(key)
    if (bucket) this.#sources.delete(key)
    else {
      bucket = new TokenBucket(local ? QUERIES_PER_LOCAL_SOURCE : this.#perSource, now)
      if (this.#sources.size >= MAX_SOURCES) this.#forgetOldest()
    }
    this.#sources.set(key, bucket)
    if (!bucket.take(now)) return false
    return (bucket.isHalfFull ? this.#modest : this.#greedy).take(now)
  }

  #forgetOldest(): void {
    for (const key of this.#sources.keys()) {
      this.#sources.delete(key)
      return
    }
  }
}
