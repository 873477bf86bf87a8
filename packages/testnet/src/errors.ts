/**
 * - `publish-failed`: a homeserver could not publish its record on the local DHT
 * - `not-started`: a part was asked for that this testnet was started without
 * - `bad-option`: options that do not go together
 */
export type TestnetErrorCode = 'publish-failed' | 'not-started' | 'bad-option'

/** The error of this package. A taken port is a `ServerKitError` of `@pubky/server-kit`. */
export class TestnetError extends Error {
  override readonly name = 'TestnetError'
  readonly code: TestnetErrorCode

  constructor(code: TestnetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
