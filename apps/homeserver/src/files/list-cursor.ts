import { CryptoError, parseRawKeyAddress } from '@pubky/crypto'
import { ProtocolError, parseStoragePath } from '@pubky/protocol'

const SCHEME = 'pubky://'

/**
 * The path in a listing cursor, `[pubky://]<z32><canonical path>`; undefined when it is none. Whose key it carries does
 * not matter (spec 02 §10.8).
 *
 * @param tenant a key that is known to be one: nearly every cursor has it, and checking it costs more than the page
 */
export function parseListCursor(text: string, tenant: string): string | undefined {
  let rest = text
  while (rest.startsWith(SCHEME)) rest = rest.slice(SCHEME.length)
  const slash = rest.indexOf('/')
  if (slash === -1) return undefined
  try {
    const key = rest.slice(0, slash)
    if (key !== tenant) parseRawKeyAddress(key)
    return parseStoragePath(rest.slice(slash))
  } catch (error) {
    if (error instanceof CryptoError || error instanceof ProtocolError) return undefined
    throw error
  }
}
