import { PkarrError } from '../error.ts'
import { groupTransports } from '../network/group.ts'
import { publishFailure } from '../network/publish-failures.ts'
import type { PublishOptions, PublishReceipt, Transport } from '../network/transport.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'
import { eachRelay, type RelayInit, RelayReader } from './relay-reader.ts'

/**
 * Relays as one transport.
 * @param urls base addresses, `http` or `https`, with or without a path
 * @throws {PkarrError} `no-network` for an empty list, `invalid-relay`
 */
export function relayTransport(urls: readonly string[], init: RelayInit = {}): Transport {
  return groupTransports(
    'relays',
    eachRelay(urls, (url) => new Relay(url, init)),
  )
}

/** One relay (spec 04 §3.2, §3.4). */
class Relay extends RelayReader implements Transport {
  async publish(packet: SignedPacket, options: PublishOptions): Promise<PublishReceipt> {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(this.timeoutMs)])
    try {
      const response = await this.fetch(`${this.name}/${packet.publicKey.z32()}`, {
        method: 'PUT',
        body: packet.payload(),
        headers: options.cas === undefined ? {} : { 'if-match': String(options.cas) },
        signal,
      })
      await response.body?.cancel()
      return receiptOf(response, options.cas !== undefined)
    } catch (error) {
      options.signal.throwIfAborted()
      throw error instanceof PkarrError ? error : publishFailure('no-responses', { cause: error })
    }
  }
}

function receiptOf(response: Response, withCondition: boolean): PublishReceipt {
  const { status } = response
  if (response.ok) {
    const count = response.headers.get('pkarr-dht-stored-nodes') ?? '1'
    if (/^[1-9]\d{0,8}$/.test(count)) return { storedNodes: Number(count) }
  }
  if (status === 409 || status === 428 || (status === 412 && withCondition)) throw publishFailure('not-most-recent')
  if (status === 503) throw publishFailure('no-responses')
  throw publishFailure('unexpected-responses', { cause: new Error(`HTTP ${status}`) })
}
