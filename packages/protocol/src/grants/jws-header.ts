import { JsonObject } from '../json.ts'

/** What a verifier needs of a JWS header. */
export interface JwsHeader {
  readonly alg: string
  readonly typ: string | undefined
}

/**
 * Reads a header by the strict rules of signed approvals and custom proofs: no other members than `alg` and `typ`
 * (spec 01 §16.1, §17).
 * @throws ProtocolError `json`
 */
export function parseStrictJwsHeader(json: string): JwsHeader {
  const header = JsonObject.parse(json)
  header.requireOnly('alg', 'typ')
  return { alg: header.string('alg'), typ: header.string('typ') }
}
