/**
 * The SDK with the sign-up of 0.6: `signer.signup` signs in with a cookie and gives the session, and flows go over the
 * `link` channel of the public relay. For apps that move from `@synonymdev/pubky` 0.6–0.9 without other changes; new
 * ones use `@pubky/sdk` (spec 05 §1.3).
 */

export { Pubky, Signer } from './compat/compat-classes.ts'
export * from './exports.ts'
