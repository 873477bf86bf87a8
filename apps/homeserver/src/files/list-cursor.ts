import { CryptoError, PublicKey } from '@pubky/crypto'
import { ProtocolError, parseStoragePath } from '@pubky/protocol'

const SCHEME = 'pubky://'

/**
 * The path in a listing cursor, `[pubky://]<z32><canonical path>`; undefined when it is none. Whose key it carries does
 * not matter (spec 02 §10.8).
 */
export function parseListCursor(text: string): string | undefined {
  let rest = text
  while (rest.startsWith(SCHEME)) rest = rest.slice(SCHEME.length)
  const slash = rest.indexOf('/')
  if (slash === -1) return undefined
  try {
    PublicKey.fromZ32(rest.slice(0, slash))
    return parseStoragePath(rest.slice(slash))
  } catch (error) {
    if (error instanceof CryptoError || error instanceof ProtocolError) return undefined
    throw error
  }
}
