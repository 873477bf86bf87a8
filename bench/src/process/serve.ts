import type { Operations, Reply, Request } from './protocol.ts'

/** Answers the calls of the process that started this one, and ends together with it. */
export function serve<Ops extends Operations<Ops>>(operations: Ops): void {
  process.on('message', async ({ id, operation, input }: Request) => {
    let reply: Reply
    try {
      const call: unknown = Reflect.get(operations, operation)
      if (typeof call !== 'function') throw new Error(`nothing is called ${operation}`)
      reply = { id, result: await call(input) }
    } catch (error) {
      reply = { id, error: error instanceof Error ? error.message : String(error) }
    }
    process.send?.(reply)
  })
  process.on('disconnect', () => process.exit(0))
}
