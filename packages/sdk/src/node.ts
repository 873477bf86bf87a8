/**
 * The SDK for Node with native transport: the DHT and PubkyTLS, relays and domains as the second way. Same API as
 * `@pubky/sdk`; dispose the client (or the facade) when done.
 */
export * from './exports.ts'
export { AuthFlow, GrantAuthFlow, Pkdns, Pubky, PublicStorage, Session, Signer } from './node/node-classes.ts'
export { Client } from './node/node-client.ts'
export type { NodeClientConfig, NodePkarrConfig } from './node/node-client-config.ts'
