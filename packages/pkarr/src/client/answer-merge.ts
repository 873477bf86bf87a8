import { PkarrError } from '../error.ts'
import type { ResolveAnswer } from '../network/transport.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'

/** What all answers to one look-up come to (spec 04 §3.3). */
export class AnswerMerge {
  readonly #floor: SignedPacket | undefined
  readonly #isAcceptable: (packet: SignedPacket) => boolean
  #mostRecent: SignedPacket | undefined
  #acceptable: SignedPacket | undefined
  #invalidSeq: bigint | undefined

  /**
   * @param floor the packet that is known already: what it beats counts as nothing
   * @param isAcceptable whether a packet is fresh enough to be the result
   */
  constructor(floor: SignedPacket | undefined, isAcceptable: (packet: SignedPacket) => boolean) {
    this.#floor = floor
    this.#isAcceptable = isAcceptable
  }

  /** Takes an answer in and returns its packet, if it has one that counts. */
  add(answer: ResolveAnswer): SignedPacket | undefined {
    if (answer.kind === 'nothing') return undefined
    if (answer.kind === 'invalid') {
      const { seq } = answer
      const isCovered = this.#floor !== undefined && seq >= 0n && seq <= this.#floor.timestamp
      if (!isCovered && seq > (this.#invalidSeq ?? seq - 1n)) this.#invalidSeq = seq
      return undefined
    }
    const { packet } = answer
    if (this.#floor?.isMoreRecentThan(packet)) return undefined
    this.#mostRecent = better(this.#mostRecent, packet)
    if (this.#isAcceptable(packet)) this.#acceptable = better(this.#acceptable, packet)
    return packet
  }

  /** Whether this packet may end the look-up before all answers are there. */
  mayEndWith(packet: SignedPacket): boolean {
    return this.#isAcceptable(packet) && packet.timestamp >= (this.#invalidSeq ?? 0n)
  }

  /**
   * The acceptable packet, or nothing; the most recent one counts against invalid items even when it is expired.
   * @throws {PkarrError} `invalid-signed-packet` when the newest item of the key is no packet
   */
  result(): SignedPacket | undefined {
    const packet = this.#acceptable ?? this.#mostRecent
    const seq = this.#invalidSeq
    if (seq !== undefined && seq > (packet?.timestamp ?? seq - 1n)) {
      throw new PkarrError('invalid-signed-packet', `mutable item at seq ${seq} is not a valid signed packet`, { seq })
    }
    return this.#acceptable
  }
}

/** Of equal packets the one that was seen later. */
function better(known: SignedPacket | undefined, packet: SignedPacket): SignedPacket {
  return known === undefined || packet.supersedes(known) ? packet : known
}
