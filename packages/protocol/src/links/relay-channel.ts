import { base64UrlEncode, blake3, concatBytes, utf8Encode } from '@pubky/crypto'
import type { GrantChannel } from './deep-link.ts'

const HPKE_DOMAIN = 'pubky-grant-relay-channel-v1\0'

/** How to talk to a relay: the old door pairs one producer with one consumer, the new one keeps messages. */
export type RelayKind = 'inbox' | 'link'

/** The channel id of a link, 43 characters (spec 01 §5.7). An HPKE channel does not show the key it is for. */
export function relayChannelId(channel: GrantChannel): string {
  const preimage = channel.kind === 'secret' ? channel.secret : concatBytes(utf8Encode(HPKE_DOMAIN), channel.publicKey)
  return base64UrlEncode(blake3(preimage))
}

/**
 * The URL of a channel: the relay's with one trailing empty segment removed and the id appended; a query stays at the
 * end.
 */
export function relayChannelUrl(relay: string, channelId: string): string {
  const url = new URL(relay)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${channelId}`
  return url.href
}

/** Which door of the relay a link uses. */
export function relayKind(relay: string): RelayKind {
  return /\/link\/*$/.test(new URL(relay).pathname) ? 'link' : 'inbox'
}
