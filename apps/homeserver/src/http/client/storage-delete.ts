/** Deleting a file: `DELETE` of a storage path (spec 02 §10.11). */
import type { Files } from '../../files/files.ts'
import type { ClientExchange } from './client-exchange.ts'
import { writePrecondition } from './conditions.ts'
import { presentedTokens } from './lock-headers.ts'
import { fileTarget } from './write-target.ts'

/** 204 once the file is gone. */
export async function deleteStorage(exchange: ClientExchange, files: Files): Promise<void> {
  const { owner, path } = fileTarget(exchange)
  const precondition = writePrecondition(exchange)
  await files.delete({
    session: exchange.session,
    tenant: owner,
    path,
    lockTokens: presentedTokens(exchange),
    ...(precondition === undefined ? {} : { precondition }),
  })
  exchange.empty(204)
}
