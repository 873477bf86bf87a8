export { type EditOptions, editRecords, mostRecent } from './client/edit.ts'
export { LruMap } from './client/lru.ts'
export { DEFAULT_CACHE_SIZE, MemoryCache, type PacketCache } from './client/packet-cache.ts'
export { PkarrClient, type PkarrClientInit } from './client/pkarr-client.ts'
export { PkarrResolver, type PkarrResolverInit, type ResolveOptions, type Resolver } from './client/pkarr-resolver.ts'
export {
  MINIMUM_STORED_NODES,
  REPUBLISH_ATTEMPTS,
  type RepublishOptions,
  type RepublishOutcome,
  republish,
} from './client/republish.ts'
export { decodeAnswers } from './dns/decode-answers.ts'
export { decodeServiceParameters, type ServiceParameters } from './dns/decode-service-parameters.ts'
export { encodeAnswers } from './dns/encode-answers.ts'
export { encodeServiceParameters } from './dns/encode-service-parameters.ts'
export type {
  AddressRecord,
  AuthorityRecord,
  DnsRecord,
  LocationRecord,
  MailRecord,
  NameRecord,
  OpaqueRecord,
  RecordBase,
  ServiceRecord,
  TextRecord,
} from './dns/record.ts'
export { SERVICE_PARAMETER } from './dns/service-parameters.ts'
export { txtStrings, txtText } from './dns/text.ts'
export type { Endpoint, Random } from './endpoints/endpoint.ts'
export { endpointAddresses } from './endpoints/endpoint-addresses.ts'
export { HOMESERVER_NAME, homeserverOf } from './endpoints/homeserver-of.ts'
export {
  type HomeserverAddress,
  homeserverRecord,
  homeserverRecords,
  PUBKY_RECORD_TTL,
  withHomeserver,
} from './endpoints/homeserver-record.ts'
export {
  type EndpointOptions,
  MAX_CHAIN_LENGTH,
  MAX_PACKETS,
  resolveEndpoint,
  resolveEndpoints,
} from './endpoints/resolve-endpoints.ts'
export { PkarrError, type PkarrErrorCode, type PkarrErrorInit } from './error.ts'
export { formatHttpDate, parseHttpDate } from './http-date.ts'
export { resolveFailure } from './network/failures.ts'
export { groupTransports } from './network/group.ts'
export { publishFailure } from './network/publish-failures.ts'
export type {
  PublishOptions,
  PublishReceipt,
  ResolveAnswer,
  ResolvePolicy,
  ResolveQuery,
  ResolveTransport,
  Transport,
} from './network/transport.ts'
export { type MicrosecondClock, wallMicroseconds } from './packet/clock.ts'
export { freshRecords } from './packet/fresh-records.ts'
export { DEFAULT_MAXIMUM_TTL, DEFAULT_MINIMUM_TTL, MAX_DNS_LENGTH, MAX_PACKET_LENGTH } from './packet/limits.ts'
export { normaliseName } from './packet/owner-name.ts'
export { packetFromBytes, packetFromStored, storedPacket } from './packet/packet-bytes.ts'
export { checkPublishable } from './packet/publishable.ts'
export { packetFromPayloadAsync } from './packet/received-packet.ts'
export { signPacket } from './packet/sign-packet.ts'
export { type PacketParts, SignedPacket } from './packet/signed-packet.ts'
export { createTimestampClock } from './packet/timestamp-clock.ts'
export { packetFromParts, packetFromPayload } from './packet/verified-packet.ts'
export { readBounded, readPrefix } from './relay/read-bounded.ts'
export { DEFAULT_RELAYS, RELAY_TIMEOUT_MS, type RelayInit, relayReaders } from './relay/relay-reader.ts'
export { relayTransport } from './relay/relay-transport.ts'
