import { K } from '../constants.ts'

/** Bytes of a distance that count: the first 16 tell any two nodes of a real network apart. */
const DISTANCE_BYTES = 16
const DISTANCE_SPACE = 2n ** BigInt(8 * DISTANCE_BYTES) - 1n

/** The first 16 bytes of `id` XOR `target`, as a number. */
export function distance128(target: Uint8Array, id: Uint8Array): bigint {
  let distance = 0n
  for (let i = 0; i < DISTANCE_BYTES; i += 4) {
    const word =
      (id[i]! ^ target[i]!) * 2 ** 24 +
      (((id[i + 1]! ^ target[i + 1]!) << 16) | ((id[i + 2]! ^ target[i + 2]!) << 8) | (id[i + 3]! ^ target[i + 3]!))
    distance = (distance << 32n) | BigInt(word)
  }
  return distance
}

/**
 * How many nodes the network has, judging by the distances of one lookup's closest up to {@link K} nodes, closest first:
 * Σi² · (2^128 − 1) / Σ(i · dᵢ), and 0 for none (spec 04 §4.9).
 */
export function estimateNetworkSize(distances: readonly bigint[]): number {
  let squares = 0n
  let weighted = 0n
  distances.slice(0, K).forEach((distance, index) => {
    const rank = BigInt(index + 1)
    squares += rank * rank
    weighted += rank * distance
  })
  return weighted === 0n ? 0 : Number((squares * DISTANCE_SPACE) / weighted)
}

/** The relative standard deviation of an estimate that joins this many lookups; 1 for none. */
export function estimateDeviation(samples: number): number {
  return samples === 0 ? 1 : 0.281 * samples ** -0.529
}

/** The distance within which a network of `size` nodes has {@link K} of them (spec 04 §4.9). */
export function edgeDistance(size: number): bigint {
  return (BigInt(K) * DISTANCE_SPACE) / BigInt(Math.max(0, Math.round(size)) + 1)
}
