import { randomBytes } from 'node:crypto'
import { generateKeyShare, type KeyShare, type NamedGroup } from './key-exchange.ts'

/** Where a handshake gets its randomness from; tests give fixed values. */
export interface Entropy {
  randomBytes(length: number): Buffer
  keyShare(group: NamedGroup): KeyShare
}

/** The operating system's generator. */
export const systemEntropy: Entropy = { randomBytes, keyShare: generateKeyShare }
