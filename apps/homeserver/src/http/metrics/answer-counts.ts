/** One label set of `http_answers_total`. */
export interface AnswerCell {
  readonly route: string
  readonly method: string
  readonly status: number
  readonly count: number
}

/** Counts answers by route template, method and status. Methods are those of the routes, so that labels stay few. */
export class AnswerCounts {
  readonly #routes = new Map<string, Map<string, number[]>>()

  add(route: string, method: string, status: number): void {
    let methods = this.#routes.get(route)
    if (methods === undefined) {
      methods = new Map()
      this.#routes.set(route, methods)
    }
    let counts = methods.get(method)
    if (counts === undefined) {
      counts = []
      methods.set(method, counts)
    }
    counts[status] = (counts[status] ?? 0) + 1
  }

  *[Symbol.iterator](): Generator<AnswerCell> {
    for (const [route, methods] of this.#routes) {
      for (const [method, counts] of methods) {
        for (const [status, count] of Object.entries(counts)) yield { route, method, status: Number(status), count }
      }
    }
  }
}
