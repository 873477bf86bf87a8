import * as contract from '../../src/store/contract/store-bench.contract.ts'
import type { Store, UserRecord, WriteCommit } from '../../src/store/store.ts'

export const { NOW } = contract

export const ignore = { info: () => {}, warn: () => {}, error: () => {} }

export const raise = (error: Error) => {
  throw error
}

/** An account whose key repeats that letter. */
export const createUser = (store: Store, letter: string) => contract.createUser(store, letter.repeat(52))

/** A write with a body and a validator that no other has. */
export function writeOf(
  owner: UserRecord | undefined,
  path: string,
  changes: Partial<WriteCommit> = {},
  length = 3,
): WriteCommit {
  if (owner === undefined) throw new Error('no such user')
  return contract.writeOf(owner, path, length, changes)
}
