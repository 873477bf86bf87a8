import { JsonObject } from '../json.ts'
import { decodeJwsPart } from './jws.ts'
import type { JwsHeader } from './jws-header.ts'

/** Registered members whose type official verifiers check although they do not use them. */
const TEXT_MEMBERS = ['typ', 'cty', 'jku', 'kid', 'x5u', 'x5t', 'x5t#S256']

/**
 * Reads a header by the lenient rules of the homeserver: unknown members are ignored, registered ones must have their
 * type (spec 01 §5.4, G2).
 * @throws CryptoError or ProtocolError when it is none
 */
export function parseJwsHeader(part: string): JwsHeader {
  const header = JsonObject.parse(decodeJwsPart(part))
  for (const name of TEXT_MEMBERS) {
    if (header.has(name) && header.value(name) !== null) header.string(name)
  }
  if (header.has('x5c') && header.value('x5c') !== null) header.strings('x5c')
  const typ = header.has('typ') && header.value('typ') !== null ? header.string('typ') : undefined
  return { alg: header.string('alg'), typ }
}
