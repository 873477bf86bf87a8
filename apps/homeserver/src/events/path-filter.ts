/** Which paths a stream shows: a union of subtrees (ending with `/`) and single files (spec 02 §11.3.1). */
export class PathFilter {
  readonly #subtrees: readonly string[]
  readonly #files: ReadonlySet<string>

  /** @param paths normalised; empty shows everything */
  constructor(paths: readonly string[]) {
    this.#subtrees = paths.length === 0 ? ['/'] : paths.filter((path) => path.endsWith('/'))
    this.#files = new Set(paths.filter((path) => !path.endsWith('/')))
  }

  admits(path: string): boolean {
    return this.#files.has(path) || this.#subtrees.some((subtree) => path.startsWith(subtree))
  }
}
