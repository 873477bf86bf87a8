import type { PublicKey } from '@pubky/crypto'
import { DhtNode, type DhtNodeInit } from '@pubky/dht'
import {
  PkarrError,
  type PublishOptions,
  type PublishReceipt,
  type ResolveAnswer,
  type ResolveQuery,
  type SignedPacket,
  type Transport,
} from '@pubky/pkarr'
import { dhtTransport } from '@pubky/pkarr/dht'

/**
 * A DHT node that is started by the first look-up, so that a client which never needs it opens no socket. A program may
 * end without closing it.
 */
export class LazyDht implements Transport, AsyncDisposable {
  readonly name = 'dht'
  readonly #init: DhtNodeInit
  #node: Promise<DhtNode> | undefined
  #isClosed: boolean = false

  constructor(init: DhtNodeInit) {
    this.#init = init
  }

  async *resolve(key: PublicKey, query: ResolveQuery): AsyncGenerator<ResolveAnswer, void> {
    if (query.policy === 'CacheOnly') return
    yield* (await this.#transport()).resolve(key, query)
  }

  async publish(packet: SignedPacket, options: PublishOptions): Promise<PublishReceipt> {
    return await (await this.#transport()).publish(packet, options)
  }

  /** Stops the node, if there is one. Twice is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const node = await this.#node?.catch(() => undefined)
    await node?.[Symbol.asyncDispose]()
  }

  async #transport(): Promise<Transport> {
    if (this.#isClosed) throw new PkarrError('no-nodes', 'the client was closed')
    this.#node ??= DhtNode.create(this.#init)
    try {
      const node = await this.#node
      node.unref()
      return dhtTransport(node)
    } catch (cause) {
      // Without UDP the relays may still answer; the next look-up tries again.
      this.#node = undefined
      throw new PkarrError('no-nodes', 'the DHT node could not be started', { cause })
    }
  }
}
