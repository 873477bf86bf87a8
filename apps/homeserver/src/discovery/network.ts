import { DhtNode } from '@pubky/dht'
import { DEFAULT_RELAYS, PkarrClient, relayTransport, type Transport } from '@pubky/pkarr'
import { dhtTransport } from '@pubky/pkarr/dht'
import type { HomeserverConfig } from '../config/schema.ts'

/** The part of a Pkarr client that discovery uses; a testnet passes its own. */
export type PkarrNetwork = Pick<PkarrClient, 'resolve' | 'publish' | 'cached'>

/** A Pkarr client with everything it needs, to be disposed of. */
export interface OpenPkarrNetwork extends AsyncDisposable {
  readonly client: PkarrClient
  readonly node: DhtNode
}

/**
 * Joins the DHT and the relays of the configuration. Bootstrap nodes of another network than the public one switch the
 * public relays off: networks are never mixed (spec 03 §5.2).
 * @throws DhtError `listen` and the like when no UDP socket can be opened
 */
export async function openPkarrNetwork(pkdns: HomeserverConfig['pkdns']): Promise<OpenPkarrNetwork> {
  const node = await DhtNode.create({
    bootstrap: pkdns.dht_bootstrap_nodes,
    requestTimeout: pkdns.dht_request_timeout_ms,
  })
  const transports: Transport[] = [dhtTransport(node)]
  const relays = pkdns.dht_relay_nodes ?? (pkdns.dht_bootstrap_nodes === undefined ? DEFAULT_RELAYS : [])
  if (relays.length > 0) {
    const timeoutMs = pkdns.relay_request_timeout_ms
    transports.push(relayTransport(relays, timeoutMs === undefined ? {} : { timeoutMs }))
  }
  const client = new PkarrClient({ transports })
  return {
    client,
    node,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
      await node[Symbol.asyncDispose]()
    },
  }
}
