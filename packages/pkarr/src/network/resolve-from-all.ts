import type { PublicKey } from '@pubky/crypto'
import { PkarrError } from '../error.ts'
import { mostFrequentFailure, resolveFailure } from './failures.ts'
import { interleave } from './interleave.ts'
import type { ResolveAnswer, ResolveQuery, ResolveTransport } from './transport.ts'

/** Yields what any of the transports finds. @throws {PkarrError} their most frequent failure, if none had an answer */
export async function* resolveFromAll(
  transports: readonly ResolveTransport[],
  key: PublicKey,
  query: ResolveQuery,
): AsyncGenerator<ResolveAnswer, void> {
  const failures: PkarrError[] = []
  let answers = 0
  for await (const event of interleave(transports.map((transport) => transport.resolve(key, query)))) {
    if ('error' in event) {
      query.signal.throwIfAborted()
      failures.push(asResolveFailure(event.error))
    } else {
      answers += 1
      yield event.value
    }
  }
  query.signal.throwIfAborted()
  // A transport that ended without a word knows nothing; one that failed does not know.
  if (answers === 0 && failures.length > 0 && failures.length === transports.length) throw mostFrequentFailure(failures)
}

function asResolveFailure(error: unknown): PkarrError {
  return error instanceof PkarrError ? error : resolveFailure('unexpected-responses', error)
}
