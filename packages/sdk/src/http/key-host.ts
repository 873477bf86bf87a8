import type { PublicKey } from '@pubky/crypto'
import { USER_HOST_LABEL } from '@pubky/protocol'
import { invalidRequest } from '../errors/create.ts'
import { parseHostKey } from './known-keys.ts'

/** A transport host that is a key (spec 05 §3.1). */
export interface KeyHost {
  /** `user`: `_pubky.<z32>`, found through the user's record; `homeserver`: `<z32>`, the server itself. */
  readonly kind: 'user' | 'homeserver'
  /** z-base-32 text of the key, as it stands in the host. */
  readonly key: string
  readonly publicKey: PublicKey
}

const USER_PREFIX = `${USER_HOST_LABEL}.`
const DISPLAY_LENGTH = 57

/**
 * Reads a URL's host name; undefined means an ordinary host. Throws `RequestError` for the display form
 * `pubky<z32>`, which is never a host.
 */
export function parseKeyHost(hostname: string): KeyHost | undefined {
  const isUser = hostname.startsWith(USER_PREFIX)
  const key = isUser ? hostname.slice(USER_PREFIX.length) : hostname
  if (key.length === DISPLAY_LENGTH && key.startsWith('pubky')) {
    throw invalidRequest('pubky prefix is not allowed in transport hosts; use raw z32')
  }
  const publicKey = parseHostKey(key)
  return publicKey && { kind: isUser ? 'user' : 'homeserver', key, publicKey }
}

/** The host name under which a user's homeserver is found. */
export function userHost(z32: string): string {
  return USER_PREFIX + z32
}
