/**
 * A bencoded value. Integers are always `bigint`: `seq` and `cas` use all 64 bits, and one type for all integers leaves
 * no place where a large one loses digits.
 */
export type BencodeValue = bigint | Uint8Array | readonly BencodeValue[] | BencodeDict

/** A dictionary. Keys are byte strings, held with one character (0…255) a byte. */
export type BencodeDict = ReadonlyMap<string, BencodeValue>

/** Bytes that already are one bencoded value and go out as they are. */
export class Encoded {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** What {@link encode} takes: values, ready-made {@link Encoded} parts, and `undefined` entries, which are left out. */
export type Encodable =
  | bigint
  | number
  | string
  | Uint8Array
  | Encoded
  | readonly Encodable[]
  | ReadonlyMap<string, Encodable | undefined>

/** Narrows a value to a byte string. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}

/** Narrows a value to a dictionary. */
export function isDict(value: BencodeValue | undefined): value is BencodeDict {
  return value instanceof Map
}
