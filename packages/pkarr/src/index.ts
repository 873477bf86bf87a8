export { decodeAnswers, encodeAnswers } from './dns/message.ts'
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
export {
  decodeServiceParameters,
  encodeServiceParameters,
  SERVICE_PARAMETER,
  type ServiceParameters,
} from './dns/service-parameters.ts'
export { txtStrings, txtText } from './dns/text.ts'
export { PkarrError, type PkarrErrorCode, type PkarrErrorInit } from './error.ts'
export { formatHttpDate, parseHttpDate } from './http-date.ts'
export { createTimestampClock, type MicrosecondClock, wallMicroseconds } from './packet/clock.ts'
export { DEFAULT_MAXIMUM_TTL, DEFAULT_MINIMUM_TTL, MAX_DNS_LENGTH, MAX_PACKET_LENGTH } from './packet/limits.ts'
export { normaliseName } from './packet/owner-name.ts'
export { checkPublishable } from './packet/publishable.ts'
export { type PacketParts, SignedPacket } from './packet/signed-packet.ts'
