export { type BucketSize, DEFAULT_LIMITS, type LimitsInit } from './http/limits.ts'
export { dhtNetwork, MAINNET, type NetworkExpectations, type RelayNetwork, TESTNET } from './network.ts'
export { createPkarrRelay, type PkarrRelay } from './pkarr-relay.ts'
export { DEFAULTS, type PkarrRelayInit } from './settings.ts'
