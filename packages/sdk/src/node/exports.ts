export * from '../exports.ts'
export { AuthFlow, GrantAuthFlow, Pkdns, Pubky, PublicStorage, Session, Signer } from './node-classes.ts'
export { Client } from './node-client.ts'
export type { NodeClientConfig, NodePkarrConfig } from './node-client-config.ts'
