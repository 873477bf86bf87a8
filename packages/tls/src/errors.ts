import { ALERT_NAMES } from './alerts.ts'

/** Every way in which this package fails. */
export type TlsErrorCode =
  | 'invalid-argument'
  | 'protocol-violation'
  | 'no-agreement'
  | 'wrong-key'
  | 'alert-received'
  | 'truncated'
  | 'closed'
  | 'timeout'
  | 'refused'
  | 'connect-failed'
  | 'internal-error'

/**
 * The only error of this package. Switch on `code`:
 *
 * - `invalid-argument`: the caller's options make no sense
 * - `protocol-violation`: the peer broke TLS; `alert` was sent to it
 * - `no-agreement`: the peer offers nothing that this profile supports; `alert` was sent
 * - `wrong-key`: the server proved another key than the expected ones; `alert` was sent
 * - `alert-received`: the peer gave up with `alert`
 * - `truncated`: the connection ended without close_notify, so data may be missing
 * - `closed`: ended by one of both sides before it could be used, or written to after its end
 * - `timeout`: the handshake did not finish in time
 * - `refused`: too many handshakes are pending
 * - `connect-failed`: no TCP connection (`cause` is the system's error)
 * - `internal-error`: a fault in this package; `alert` 80 was sent
 *
 * Messages hold no secrets and no bytes of the peer.
 */
export class TlsError extends Error {
  override readonly name = 'TlsError'
  readonly code: TlsErrorCode
  /** The TLS alert (RFC 8446 §6) that was sent, or received when `code` is `alert-received`. */
  readonly alert: number | undefined

  constructor(code: TlsErrorCode, message: string, options?: ErrorOptions & { readonly alert?: number }) {
    super(message, options)
    this.code = code
    this.alert = options?.alert
  }
}

/** A breach of the protocol by the peer, answered by `alert`. */
export function violation(alert: number, message: string): TlsError {
  return new TlsError('protocol-violation', `${message} (alert ${alertLabel(alert)})`, { alert })
}

/** A peer that shares no parameters with this profile, answered by `alert`. */
export function noAgreement(alert: number, message: string): TlsError {
  return new TlsError('no-agreement', `${message} (alert ${alertLabel(alert)})`, { alert })
}

/** An alert for people: number and name. */
export function alertLabel(alert: number): string {
  const name = ALERT_NAMES.get(alert)
  return name ? `${alert} ${name}` : `${alert}`
}
