/** Which paths a stream shows: a union of subtrees (ending with `/`) and single files (spec 02 §11.3.1). */
export class PathFilter {
  /** What a stream shows that names no path. */
  static readonly publicPaths = new PathFilter(['/pub/'])

  readonly #subtrees: readonly string[]
  readonly #files: ReadonlySet<string> | undefined

  /** @param paths normalised; empty shows everything */
  constructor(paths: readonly string[]) {
    const files = paths.filter((path) => !path.endsWith('/'))
    this.#subtrees = paths.length === 0 ? ['/'] : paths.filter((path) => path.endsWith('/'))
    this.#files = files.length === 0 ? undefined : new Set(files)
  }

  admits(path: string): boolean {
    return this.#files?.has(path) === true || this.#subtrees.some((subtree) => path.startsWith(subtree))
  }
}
