import type { PublicKey } from '@pubky/crypto'
import type { Capabilities } from '../capabilities/capabilities.ts'

/** `pubkyauth`, or its deprecated predecessor, which is kept when a link is written again. */
export type LinkScheme = 'pubkyauth' | 'pubkyring'

/** Links a signer app may open when it is done, as `x-…` parameters. They are untrusted (spec 01 §5.7). */
export interface LinkCallbacks {
  /** `x-source`, the name of the asking app. */
  readonly source?: string
  /** `x-success` */
  readonly success?: string
  /** `x-error` */
  readonly error?: string
  /** `x-cancel` */
  readonly cancel?: string
}

/** How a grant comes back: under a secret in the link, or sealed to an X25519 key in it (32 bytes either). */
export type GrantChannel =
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  | { readonly kind: 'hpke'; readonly publicKey: Uint8Array }

/** A bare grant JWS, or the signed approval of spec 01 §16. */
export type ApprovalFormat = 'bare' | 'v1'

interface LinkBase {
  readonly scheme: LinkScheme
  readonly callbacks: LinkCallbacks
}

/** Asks for an AuthToken. */
export interface SigninLink extends LinkBase {
  readonly intent: 'signin'
  readonly capabilities: Capabilities
  /** Absolute URL of the HTTP relay, without channel id. */
  readonly relay: string
  /** 32 bytes. */
  readonly secret: Uint8Array
}

/** Asks for an AuthToken of an account that is still to be created. */
export interface SignupLink extends Omit<SigninLink, 'intent'> {
  readonly intent: 'signup'
  readonly homeserver: PublicKey
  readonly signupToken?: string
}

/** Asks for a grant. */
export interface SigninGrantLink extends LinkBase {
  readonly intent: 'signin_grant'
  readonly capabilities: Capabilities
  readonly relay: string
  readonly clientId: string
  /** Becomes `cnf` of the grant. */
  readonly clientKey: PublicKey
  readonly approvalFormat: ApprovalFormat
  readonly channel: GrantChannel
}

/** Asks for a grant of an account that is still to be created. */
export interface SignupGrantLink extends Omit<SigninGrantLink, 'intent'> {
  readonly intent: 'signup_grant'
  readonly homeserver: PublicKey
  readonly signupToken?: string
}

/** Asks a signer to create an account itself. */
export interface DirectSignupLink extends LinkBase {
  readonly intent: 'direct_signup'
  readonly homeserver: PublicKey
  readonly signupToken?: string
}

/** Carries a user's seed to a signer. Never log it. */
export interface SecretExportLink extends LinkBase {
  readonly intent: 'secret_export'
  /** 32 bytes. */
  readonly secret: Uint8Array
}

/** A request from an app to a signer (spec 01 §5.7). */
export type DeepLink = SigninLink | SignupLink | SigninGrantLink | SignupGrantLink | DirectSignupLink | SecretExportLink

/** What a link asks for. */
export type LinkIntent = DeepLink['intent']
