import { Encoded } from '../bencode/value.ts'
import type { Response } from '../krpc/message.ts'
import type { ItemStore } from './item-store.ts'

/**
 * What a get finds: the immutable item first, then the mutable one; asked with `seq`, the mutable one alone, and no value
 * unless it is newer (spec 04 §4.3).
 */
export function readItem(
  mutable: ItemStore,
  immutable: ItemStore,
  target: Uint8Array,
  newerThan: bigint | undefined,
  now: number,
): Pick<Response, 'value' | 'key' | 'seq' | 'signature'> {
  const fixed = newerThan === undefined ? immutable.get(target, now) : undefined
  if (fixed !== undefined) return { value: new Encoded(fixed.encodedValue) }
  const item = mutable.get(target, now)
  if (item?.mutable === undefined) return {}
  const { key, seq, signature } = item.mutable
  if (newerThan !== undefined && seq <= newerThan) return { seq }
  return { value: new Encoded(item.encodedValue), key, seq, signature }
}
