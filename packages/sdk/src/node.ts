/**
 * The SDK for Node with native transport: the DHT and PubkyTLS, relays and domains as the second way. Same API as
 * `@pubky/sdk`; dispose the client (or the facade) to close its connections at once.
 */
import * as pubky from './node/exports.ts'

export * from './node/exports.ts'
/** Everything this entry exports, as one object, for those who import it by default. */
export default pubky
