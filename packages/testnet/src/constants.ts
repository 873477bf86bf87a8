import { Keypair } from '@pubky/crypto'

/** Where each part of a testnet listens. 0 is a free port. */
export interface TestnetPorts {
  /** UDP: the first DHT node, which clients bootstrap from. */
  readonly dht: number
  readonly pkarrRelay: number
  readonly httpRelay: number
  /** The homeserver's plain HTTP, for browsers and JavaScript clients. */
  readonly icann: number
  /** The homeserver's PubkyTLS, for native clients. */
  readonly pubky: number
  readonly admin: number
}

/** The ports that clients in testnet mode have built in (spec 06 §9.1). */
export const STATIC_PORTS: TestnetPorts = {
  dht: 6881,
  pkarrRelay: 15_411,
  httpRelay: 15_412,
  icann: 6286,
  pubky: 6287,
  admin: 6288,
}

/** Every port free. */
export const RANDOM_PORTS: TestnetPorts = { dht: 0, pkarrRelay: 0, httpRelay: 0, icann: 0, pubky: 0, admin: 0 }

/** The option of the program that changes each port, for messages. */
export const PORT_OPTIONS: { readonly [K in keyof TestnetPorts]: string } = {
  dht: '--dht-port',
  pkarrRelay: '--pkarr-relay-port',
  httpRelay: '--http-relay-port',
  icann: '--icann-port',
  pubky: '--pubky-port',
  admin: '--admin-port',
}

/** DHT nodes of a testnet, as upstream's. */
export const DHT_SIZE = 2

/** Everything is on one machine: who has not answered by now will not. */
export const DHT_REQUEST_TIMEOUT_MS = 100

/** The password of the admin API, as upstream's testnet has it. */
export const ADMIN_PASSWORD = 'admin'

/**
 * The identity of a testnet's first homeserver: the secret key of 32 zero bytes, public key
 * `8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo`.
 */
export function wellKnownKeypair(): Keypair {
  return Keypair.fromSecret(new Uint8Array(32))
}
