import { CryptoError, PublicKey } from '@pubky/crypto'
import { isService } from '../dns/record.ts'
import { PkarrError } from '../error.ts'
import type { SignedPacket } from '../packet/signed-packet.ts'

/** Owner of the record that names a user's homeserver. */
export const HOMESERVER_NAME = '_pubky'

/**
 * The homeserver a user's packet names: the target of the first SVCB or HTTPS record at `_pubky`, or `undefined`
 * without one.
 * @throws {PkarrError} `invalid-homeserver` when that target is not exactly a public key that can have a server
 */
export function homeserverOf(packet: SignedPacket): PublicKey | undefined {
  const record = packet.records(HOMESERVER_NAME).find(isService)
  if (record === undefined) return undefined
  const refuse = (why: string, cause?: unknown) => {
    const message = `Pkarr record is malformed or missing required data: \`${HOMESERVER_NAME}\` target \`${record.target}\` is not a valid homeserver public key: ${why}`
    return new PkarrError('invalid-homeserver', message, { cause })
  }
  let key: PublicKey
  try {
    key = PublicKey.fromZ32(record.target)
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error
    throw refuse(error.message, error)
  }
  if (key.isSmallOrder()) throw refuse('anybody can sign for it')
  return key
}
