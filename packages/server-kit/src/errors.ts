/**
 * What can go wrong in the shared parts of a server:
 * - `usage`: the command line is wrong (programs exit with 2)
 * - `config`: a configuration file cannot be read, parsed or accepted
 * - `quota`: a text is not a rate-limit quota
 * - `network`: a text is not an address or CIDR network
 * - `port-taken`: another process listens on the port
 * - `listen`: a socket cannot be opened for another reason
 */
export type ServerKitErrorCode = 'usage' | 'config' | 'quota' | 'network' | 'port-taken' | 'listen'

/** The one error type of this package. `message` is written for the operator and names the offending input. */
export class ServerKitError extends Error {
  override readonly name = 'ServerKitError'
  readonly code: ServerKitErrorCode

  constructor(code: ServerKitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
