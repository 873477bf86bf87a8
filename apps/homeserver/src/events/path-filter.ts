import { afterDirectory } from '../store/list-range.ts'
import type { PathSpan } from '../store/store.ts'

const PUBLIC = '/pub/'
/** Where all events lie. */
const ROOTS = [PUBLIC, '/priv/']

/** All that is public. */
export const PUBLIC_PATHS: PathSpan = { isPrivate: false, first: PUBLIC, last: afterDirectory(PUBLIC) }

/** Which paths a stream shows: a union of subtrees (ending with `/`) and single files (spec 02 §11.3.1). */
export class PathFilter {
  /** What a stream shows that names no path. */
  static readonly publicPaths = new PathFilter([PUBLIC])

  /** Sorted, and none below another: the last one at or before a path is the only one that may admit it. */
  readonly #paths: readonly string[]

  /** @param paths normalised; empty shows everything */
  constructor(paths: readonly string[]) {
    const all = paths.length === 0 || paths.includes('/') ? ROOTS : paths
    const kept: string[] = []
    for (const path of all.toSorted()) {
      const last = kept.at(-1)
      if (last === undefined || !admits(last, path)) kept.push(path)
    }
    this.#paths = kept
  }

  /** Where the admitted paths lie, each span as narrow as it can be; there may be others in between. */
  get spans(): readonly PathSpan[] {
    return [false, true].flatMap((isPrivate) => {
      const bounds = this.#paths
        .filter((path) => path.startsWith(PUBLIC) !== isPrivate)
        .flatMap((path) => (path.endsWith('/') ? [path, afterDirectory(path)] : [path]))
        .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      const [first] = bounds
      const last = bounds.at(-1)
      return first === undefined || last === undefined ? [] : [{ isPrivate, first, last }]
    })
  }

  admits(path: string): boolean {
    let low = 0
    let high = this.#paths.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#paths[middle] ?? '') <= path) low = middle + 1
      else high = middle
    }
    const candidate = this.#paths[low - 1]
    return candidate !== undefined && admits(candidate, path)
  }
}

function admits(named: string, path: string): boolean {
  return named.endsWith('/') ? path.startsWith(named) : path === named
}
