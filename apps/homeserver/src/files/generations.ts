/**
 * A bounded map of two generations: what is used moves to the young one, and when that is half the bound, the old one
 * goes. Stands in for exact recency: a hit on a young entry costs one lookup and writes nothing.
 */
export class Generations<Value extends { readonly body: Uint8Array }> {
  readonly #maxBytes: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()
  #youngBytes = 0

  /** @param maxBytes of both generations, bodies and {@link OVERHEAD_BYTES} each */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) {
      this.#old.delete(key)
      this.set(key, old)
    }
    return old
  }

  set(key: string, value: Value): void {
    this.delete(key)
    this.#young.set(key, value)
    this.#youngBytes += sizeOf(value)
    if (this.#youngBytes <= this.#maxBytes / 2) return
    this.#old = this.#young
    this.#young = new Map()
    this.#youngBytes = 0
  }

  delete(key: string): void {
    const young = this.#young.get(key)
    if (young !== undefined) {
      this.#young.delete(key)
      this.#youngBytes -= sizeOf(young)
    }
    this.#old.delete(key)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
    this.#youngBytes = 0
  }
}

/** What an entry takes beside its body: key, metadata, headers. */
const OVERHEAD_BYTES = 1_024

function sizeOf(value: { readonly body: Uint8Array }): number {
  return value.body.length + OVERHEAD_BYTES
}
