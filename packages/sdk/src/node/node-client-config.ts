import type { PubkyClientConfig } from '../types.ts'

/** Where Pkarr records are asked for by a client that can speak to the DHT. */
export interface NodePkarrConfig {
  /** Relay base URLs; replace the defaults. An empty list asks the DHT only. */
  relays?: string[]
  /** Milliseconds per relay request; default 2000. */
  requestTimeout?: number
  /** Mainline DHT nodes to enter by, `host:port` each; replace the public ones. */
  bootstrap?: string[]
  /** Milliseconds to wait for one DHT node. */
  dhtRequestTimeout?: number
}

/** Options of the Node client. */
export interface NodeClientConfig extends Omit<PubkyClientConfig, 'pkarr'> {
  pkarr?: NodePkarrConfig
  /** Milliseconds a request may take from connecting to the end of its answer; none when absent. */
  requestTimeoutMs?: number
  /** Milliseconds between two pieces of an answer; none when absent. */
  readTimeoutMs?: number
  /** Certificates (PEM) to trust beside the platform's when a homeserver is reached by its domain. */
  rootCertificatesPem?: string
}
