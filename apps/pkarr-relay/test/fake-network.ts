import type { PublicKey } from '@pubky/crypto'
import type { PublishReceipt, ResolveAnswer, ResolveQuery, SignedPacket, Transport } from '@pubky/pkarr'
import type { RelayNetwork } from '../src/index.ts'

/** The outside network of a relay, as a test wants it to be. */
export class FakeNetwork implements RelayNetwork, Transport {
  readonly name = 'fake'
  readonly queries: ResolveQuery[] = []
  readonly published: SignedPacket[] = []
  answer: (key: PublicKey) => AsyncIterable<ResolveAnswer> = nothing
  publishing: (packet: SignedPacket) => Promise<PublishReceipt> = async () => ({ storedNodes: 7 })

  get transport(): Transport {
    return this
  }

  info(): undefined {
    return undefined
  }

  resolve(key: PublicKey, query: ResolveQuery): AsyncIterable<ResolveAnswer> {
    this.queries.push(query)
    return this.answer(key)
  }

  async publish(packet: SignedPacket): Promise<PublishReceipt> {
    this.published.push(packet)
    return await this.publishing(packet)
  }
}

/** Answers with these packets. */
export function found(...packets: readonly SignedPacket[]): FakeNetwork['answer'] {
  return async function* () {
    for (const packet of packets) yield { kind: 'packet', packet }
  }
}

/** Fails with this error. */
export function failing(error: Error): FakeNetwork['answer'] {
  // biome-ignore lint/correctness/useYield: it fails before its first value
  return async function* () {
    throw error
  }
}

async function* nothing(): AsyncGenerator<ResolveAnswer> {
  yield { kind: 'nothing' }
}
