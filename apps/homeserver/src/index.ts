export {
  type DataDirectory,
  encryptionKeyFile,
  loadIdentity,
  locateDataDirectory,
  prepareDataDirectory,
} from './config/data-directory.ts'
export { type LoadedHomeserverConfig, loadHomeserverConfig } from './config/load.ts'
export { type HomeserverConfig, type HomeserverConfigInput, homeserverConfig } from './config/schema.ts'
export { HomeserverError, type HomeserverErrorCode } from './error.ts'
export { createHomeserver, type Homeserver, type HomeserverInit } from './homeserver.ts'
export type { PortOptions } from './http/listeners.ts'
