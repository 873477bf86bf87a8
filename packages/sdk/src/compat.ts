/**
 * The SDK with the sign-up of 0.6: `signer.signup` signs in with a cookie and gives the session, flows go over the
 * `link` channel of the public relay, and a user nobody knows has no homeserver. For apps that move from
 * `@synonymdev/pubky` 0.6–0.9 without other changes; new ones use `@pubky/sdk` (spec 05 §1.3).
 */
import * as pubky from './compat/exports.ts'

export * from './compat/exports.ts'
/** Everything this entry exports, as one object, for those who import it by default. */
export default pubky
