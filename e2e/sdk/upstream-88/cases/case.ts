import type { Pubky, PublicKey, Signer } from '@pubky/sdk'

/** The network a case runs against, and what it may know of the place it runs in. */
export interface Surroundings {
  /** A fresh facade for the testnet. */
  pubky(): Pubky
  readonly homeserver: PublicKey
  /** HTTP relay base URL, inbox channel. */
  readonly relay: string
  /** A Pkarr relay base URL of the testnet. */
  readonly pkarrRelay: string
  /** A signup token of the homeserver's administrator. */
  createSignupToken(): Promise<string>
  readonly isBrowser: boolean
}

/** One of the 88 official JavaScript tests, as described in spec 06 §8. */
export interface Case {
  /** Section and place there, such as `8.2.1`. */
  readonly number: string
  readonly title: string
  /** Cases about browser storage do nothing else in Node, as upstream. */
  readonly needs?: 'indexedDB' | 'node'
  run(place: Surroundings): Promise<void>
}

/** A relay where nobody answers. */
export const UNREACHABLE_RELAY = 'http://127.0.0.1:9/inbox'

/** A signer with an account on the testnet's homeserver. */
export async function signedUp(place: Surroundings, pubky: Pubky = place.pubky()): Promise<Signer> {
  const { Keypair } = await import('@pubky/sdk')
  const signer = pubky.signer(Keypair.random())
  await signer.signup(place.homeserver, await place.createSignupToken())
  return signer
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
