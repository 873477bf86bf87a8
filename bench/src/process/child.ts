import { type ChildProcess, fork } from 'node:child_process'
import { pin } from '../machine.ts'
import type { Operations, Reply, Request } from './protocol.ts'

/** A program of this benchmark in a process of its own, whose functions are called by name. */
export class Child<Ops extends Operations<Ops>> implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #ended = Promise.withResolvers<void>()
  #calls = 0

  /** @param core where the process runs, if the system allows to say so */
  constructor(program: URL, core: number) {
    this.#process = fork(program, { serialization: 'advanced' })
    pin(this.#process.pid, core)
    this.#process.on('message', (reply) => this.#settle(reply as Reply))
    this.#process.once('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${program.pathname} ended with code ${code}`))
      this.#ended.resolve()
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** Calls a function over there; rejects with its error, or when the process ends first. */
  call<Name extends keyof Ops & string>(
    operation: Name,
    ...[input]: Parameters<Ops[Name]>
  ): Promise<Awaited<ReturnType<Ops[Name]>>> {
    const id = this.#calls++
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    const request: Request = { id, operation, input }
    this.#process.send(request)
    return waiting.promise as Promise<Awaited<ReturnType<Ops[Name]>>>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.connected) this.#process.disconnect()
    await this.#ended.promise
  }

  #settle({ id, error, result }: Reply): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error))
  }
}
