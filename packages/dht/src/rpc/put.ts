import { verifySignature } from '@pubky/crypto'
import { decode } from '../bencode/decode.ts'
import { encode } from '../bencode/encode.ts'
import { isBytes } from '../bencode/value.ts'
import { MAX_SALT_BYTES, MAX_VALUE_BYTES } from '../constants.ts'
import type { Rejection } from '../errors.ts'
import { immutableTarget } from '../items/immutable-item.ts'
import { mutableTarget, signableBytes } from '../items/mutable-item.ts'
import type { ItemValue, MutableFields, Query } from '../krpc/message.ts'
import type { TokenBucket } from '../network/token-bucket.ts'
import { equalIds } from '../node-id.ts'
import type { ItemStore, StoredItem } from './item-store.ts'
import type { ReadyKeys } from './ready-keys.ts'

/** An error answer. */
export type Refusal = Rejection

type PutQuery = Extract<Query, { method: 'put' }>

const BUSY: Refusal = { code: 202, description: 'Server busy, try again later' }
const NO_ROOM: Refusal = { code: 202, description: 'Too many items from your network' }
const WRONG_TARGET: Refusal = { code: 203, description: "Target doesn't match the sha1 hash of v field" }
const TOO_BIG: Refusal = { code: 205, description: 'Message (v field) too big.' }
const INVALID_SIGNATURE: Refusal = { code: 206, description: 'Invalid signature' }
const SALT_TOO_BIG: Refusal = { code: 207, description: 'salt (salt field) too big.' }
const CAS_MISMATCH: Refusal = { code: 301, description: 'CAS mismatched, re-read value and try again.' }
const NOT_MOST_RECENT: Refusal = { code: 302, description: 'Sequence number less than current.' }

/** Decides about puts whose token was good, cheap checks before the signature (spec 04 §4.3). */
export class Putter {
  readonly #mutable: ItemStore
  readonly #immutable: ItemStore
  readonly #checks: TokenBucket
  readonly #keys: ReadyKeys

  constructor(mutable: ItemStore, immutable: ItemStore, checks: TokenBucket, keys: ReadyKeys) {
    this.#mutable = mutable
    this.#immutable = immutable
    this.#checks = checks
    this.#keys = keys
  }

  /** Stores the item, or says why not. */
  put(query: PutQuery, ip: number, now: number): Refusal | undefined {
    const encodedValue = encode(query.value)
    if (sizeOf(query.value, encodedValue) > MAX_VALUE_BYTES) return TOO_BIG
    return query.mutable
      ? this.#putMutable(query.mutable, query.target, encodedValue, ip, now)
      : this.#putImmutable(query.target, encodedValue, ip, now)
  }

  #putImmutable(asked: Uint8Array | undefined, encodedValue: Uint8Array, ip: number, now: number): Refusal | undefined {
    const target = immutableTarget(encodedValue)
    if (asked !== undefined && !equalIds(asked, target)) return WRONG_TARGET
    if (!this.#immutable.hasRoomFor(target, ip)) return NO_ROOM
    this.#immutable.set(target, { encodedValue, mutable: undefined }, ip, now)
    return undefined
  }

  #putMutable(
    fields: MutableFields,
    asked: Uint8Array | undefined,
    encodedValue: Uint8Array,
    ip: number,
    now: number,
  ): Refusal | undefined {
    const { key, salt, seq, signature, cas } = fields
    if (salt !== undefined && salt.length > MAX_SALT_BYTES) return SALT_TOO_BIG
    const target = mutableTarget(key, salt)
    // Official nodes name a wrong target as a wrong signature, after the two rules about the item they have under it.
    const current = this.#mutable.get(asked ?? target, now)
    if (current?.mutable !== undefined) {
      if (cas !== undefined && cas !== current.mutable.seq) return CAS_MISMATCH
      if (seq < current.mutable.seq) return NOT_MOST_RECENT
    }
    if (asked !== undefined && !equalIds(asked, target)) return INVALID_SIGNATURE
    if (!this.#mutable.hasRoomFor(target, ip)) return NO_ROOM
    const item = { encodedValue, mutable: { key: key.slice(), seq, signature: signature.slice() } }
    if (current !== undefined && isSame(current, item)) {
      // A put that keeps an item alive: its signature was checked when it first came.
      this.#mutable.set(target, current, ip, now)
      return undefined
    }
    if (!this.#checks.take(now)) return BUSY
    const publicKey = this.#keys.get(key)
    const valid = publicKey && verifySignature(publicKey, signableBytes(salt, seq, encodedValue), signature)
    if (!valid) return INVALID_SIGNATURE
    // Two values of one seq: every node keeps the larger, so that all come to hold the same (spec 04 §1.8).
    const keepsCurrent = current?.mutable?.seq === seq && compareValues(current.encodedValue, encodedValue) > 0
    this.#mutable.set(target, keepsCurrent ? current : item, ip, now)
    return undefined
  }
}

/** A byte string counts by its own length, as official nodes count; anything else by its bencoding, as BEP 44 does. */
function sizeOf(value: ItemValue, encodedValue: Uint8Array): number {
  return isBytes(value) ? value.length : encodedValue.length
}

/** Byte strings compare by their content, without the length in front. */
function compareValues(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(contentOf(a), contentOf(b))
}

function contentOf(encodedValue: Uint8Array): Uint8Array {
  const value = decode(encodedValue)
  return isBytes(value) ? value : encodedValue
}

function isSame(a: StoredItem, b: StoredItem): boolean {
  return (
    a.mutable !== undefined &&
    b.mutable !== undefined &&
    a.mutable.seq === b.mutable.seq &&
    Buffer.compare(a.mutable.signature, b.mutable.signature) === 0 &&
    Buffer.compare(a.encodedValue, b.encodedValue) === 0
  )
}
