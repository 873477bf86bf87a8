/** What went wrong; every {@link PkarrError} carries exactly one of these. */
export type PkarrErrorCode =
  // Packets, spec 04 §1
  | 'invalid-length'
  | 'packet-too-large'
  | 'invalid-public-key'
  | 'invalid-signature'
  | 'invalid-dns'
  | 'invalid-name'
  | 'invalid-record'
  | 'invalid-timestamp'
  // Set-up of a client, spec 04 §3.1
  | 'no-network'
  | 'invalid-relay'
  // Outcomes of the network, spec 04 §3.1
  | 'no-nodes'
  | 'no-responses'
  | 'no-usable-responses'
  | 'unexpected-responses'
  | 'invalid-signed-packet'
  | 'rejected'
  | 'not-most-recent'
  // From a key to a server, spec 04 §5
  | 'no-endpoint'
  | 'invalid-homeserver'

/** Facts that go with some errors. */
export interface PkarrErrorInit {
  readonly cause?: unknown
  /** `invalid-signed-packet`: sequence number of the item; `not-most-recent`: timestamp of the newer packet, if known. */
  readonly seq?: bigint | undefined
  /** `rejected`: why most DHT nodes refused, as a KRPC error. */
  readonly rejection?: { readonly code: number; readonly description: string }
}

/** The one error class of this package: switch on `code`, show `message`. */
export class PkarrError extends Error {
  override readonly name = 'PkarrError'
  readonly code: PkarrErrorCode
  /** See {@link PkarrErrorInit.seq}. */
  readonly seq: bigint | undefined
  /** See {@link PkarrErrorInit.rejection}. */
  readonly rejection: PkarrErrorInit['rejection']

  constructor(code: PkarrErrorCode, message: string, init: PkarrErrorInit = {}) {
    super(message, 'cause' in init ? { cause: init.cause } : undefined)
    this.code = code
    this.seq = init.seq
    this.rejection = init.rejection
  }
}
