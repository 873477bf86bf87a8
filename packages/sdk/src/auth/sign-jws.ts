import { utf8Encode } from '@pubky/crypto'
import { attachSignature } from '@pubky/protocol'
import type { PopKey } from './pop-key.ts'

/** Completes a compact JWS with the key's signature. */
export async function signJws(key: PopKey, signingInput: string): Promise<string> {
  return attachSignature(signingInput, await key.sign(utf8Encode(signingInput)))
}
