export { createHttpRelay, type HttpRelay } from './http-relay.ts'
export { DEFAULTS, type HttpRelayInit } from './settings.ts'
