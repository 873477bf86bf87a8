import type { HeaderRecord } from './reply.ts'

/** An answer that ends a request early. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly headers: HeaderRecord

  /** @param text the body; empty for none */
  constructor(status: number, text = '', headers: HeaderRecord = {}) {
    super(text)
    this.status = status
    this.headers = headers
  }
}
