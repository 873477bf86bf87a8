/** Functions of a child process: one argument and a result that can be cloned. */
export type Operations<Ops> = { [Name in keyof Ops]: (input: never) => unknown }

/** A call of a function in a child process. */
export interface Request {
  readonly id: number
  readonly operation: string
  readonly input: unknown
}

/** Its result, or the text of its error. */
export interface Reply {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}
