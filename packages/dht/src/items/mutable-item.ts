import { createHash } from 'node:crypto'
import { concatBytes, type Keypair, type PublicKey, verifySignature } from '@pubky/crypto'
import { encode } from '../bencode/encode.ts'
import { MAX_SALT_BYTES, MAX_VALUE_BYTES } from '../constants.ts'
import { DhtError } from '../errors.ts'

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/** A value under a key's name, replaced by one with a higher `seq` (BEP 44). */
export interface MutableItem {
  readonly publicKey: PublicKey
  /** Up to 64 bytes that give one key several names; absent for none. */
  readonly salt?: Uint8Array | undefined
  /** Version, signed 64-bit. Pkarr uses microseconds since 1970. */
  readonly seq: bigint
  /** Up to 1000 bytes; above 996 libtorrent's nodes refuse it. */
  readonly value: Uint8Array
  /** 64 bytes over {@link signableBytes}. */
  readonly signature: Uint8Array
}

/** The name of a mutable item on the network: SHA-1 of key and salt, 20 bytes. */
export function mutableTarget(publicKey: Uint8Array, salt?: Uint8Array): Uint8Array {
  const hash = createHash('sha1').update(publicKey)
  if (salt) hash.update(salt)
  return new Uint8Array(hash.digest())
}

/** The bytes a mutable item's signature is over; the value comes in its bencoding (spec 04 §1.2). */
export function signableBytes(salt: Uint8Array | undefined, seq: bigint, encodedValue: Uint8Array): Uint8Array {
  const start = salt?.length ? concatBytes(Buffer.from('4:salt'), encode(salt)) : new Uint8Array()
  return concatBytes(start, Buffer.from(`3:seqi${seq}e1:v`), encodedValue)
}

/** Signs a value. @throws DhtError `invalid-argument` for a value, salt or `seq` out of range */
export function signMutableItem(
  keypair: Keypair,
  fields: { readonly seq: bigint; readonly value: Uint8Array; readonly salt?: Uint8Array | undefined },
): MutableItem {
  const { seq, value, salt } = fields
  assertRanges(seq, value, salt)
  return {
    publicKey: keypair.publicKey,
    salt,
    seq,
    value,
    signature: keypair.sign(signableBytes(salt, seq, encode(value))),
  }
}

/** Whether the signature is the key's over this salt, `seq` and value. */
export function verifyMutableItem(item: MutableItem): boolean {
  return verifySignature(item.publicKey, signableBytes(item.salt, item.seq, encode(item.value)), item.signature)
}

/** @throws DhtError `invalid-argument` for an item no node may store: out of range, wrongly signed, or of a key anybody can sign for */
export function assertMutableItem(item: MutableItem): void {
  assertRanges(item.seq, item.value, item.salt)
  if (item.publicKey.isSmallOrder()) throw new DhtError('invalid-argument', 'anybody can sign for a key of small order')
  if (!verifyMutableItem(item)) throw new DhtError('invalid-argument', 'the signature of the mutable item is not valid')
}

/** @throws DhtError `invalid-argument` when the value is too long to be put */
export function assertValue(value: Uint8Array): void {
  if (value.length <= MAX_VALUE_BYTES) return
  throw new DhtError('invalid-argument', `a value has at most ${MAX_VALUE_BYTES} bytes but this one ${value.length}`)
}

/** @throws DhtError `invalid-argument` unless `seq` fits 64 bits with sign */
export function assertSeq(seq: bigint, name = 'seq'): void {
  if (seq >= INT64_MIN && seq <= INT64_MAX) return
  throw new DhtError('invalid-argument', `${name} must be a signed 64-bit integer but is ${seq}`)
}

/** @throws DhtError `invalid-argument` when the salt is too long to be put */
export function assertSalt(salt: Uint8Array | undefined): void {
  if (salt === undefined || salt.length <= MAX_SALT_BYTES) return
  throw new DhtError('invalid-argument', `a salt has at most ${MAX_SALT_BYTES} bytes but this one ${salt.length}`)
}

function assertRanges(seq: bigint, value: Uint8Array, salt: Uint8Array | undefined): void {
  assertSeq(seq)
  assertValue(value)
  assertSalt(salt)
}
