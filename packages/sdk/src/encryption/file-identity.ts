import { utf8Encode } from '@pubky/crypto'

/** Where an encrypted file lives. Both parts are bound into the ciphertext, so a moved file does not open. */
export interface FileIdentity {
  /** z-base-32 key of the owner. */
  readonly owner: string
  /** Absolute decoded path, such as `/pub/notes.example/a.txt`. */
  readonly path: string
}

/** Associated data of every part of a file (spec 01 §15.6); keys have a fixed length, so the joint is unambiguous. */
export function associatedData(file: FileIdentity): Uint8Array {
  return utf8Encode(file.owner + file.path)
}
