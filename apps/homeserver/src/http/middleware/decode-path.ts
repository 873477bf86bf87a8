import { ProtocolError, parseHostAddressedPath } from '@pubky/protocol'

/** Paths that are their own normal form and need no decoding: the common case, decided by one match. */
const PLAIN_PATH = /^(?:\/[\w!$&'()*+,;=:@~-][\w!$&'()*+,;=:@~.-]*)+\/?$/
const MAX_PLAIN_LENGTH = 255

/** A request path as a storage path, or why it is none. */
export type DecodedPath =
  | { readonly path: string }
  /** Reason text of spec 02 §6.3; undefined when the decoded bytes are not UTF-8. */
  | { readonly refusal: string | undefined; readonly cause: ProtocolError }

/** Percent-decodes a raw request path once and normalises it (spec 02 §6.2). */
export function decodeStoragePath(rawPath: string): DecodedPath {
  if (rawPath.length <= MAX_PLAIN_LENGTH && PLAIN_PATH.test(rawPath)) return { path: rawPath }
  try {
    return { path: parseHostAddressedPath(rawPath) }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return { refusal: error.code === 'path-encoding' ? undefined : error.message, cause: error }
  }
}
