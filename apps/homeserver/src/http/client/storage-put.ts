/** Writing a file: `PUT` of a storage path (spec 02 §10.4). */
import { authorizeWrite } from '../../accounts/authorize.ts'
import type { Files, WriteRequest, WrittenFile } from '../../files/files.ts'
import { release } from '../../release.ts'
import { readChunks } from '../kernel/body.ts'
import { NEVER } from '../kernel/exchange.ts'
import { HttpError } from '../kernel/http-error.ts'
import type { ClientExchange } from './client-exchange.ts'
import { writePrecondition } from './conditions.ts'
import { presentedTokens } from './lock-headers.ts'
import { fileTarget } from './write-target.ts'

/** Bodies of up to this size can be written in one step. */
const SMALL_BODY = 65_536
const EMPTY = new Uint8Array()

/** Stores the body; 201 with its validators, whether the file is new or not. */
export async function putStorage(exchange: ClientExchange, files: Files): Promise<void> {
  const { owner, path } = fileTarget(exchange)
  authorizeWrite(exchange.session, owner, path)
  const precondition = writePrecondition(exchange)
  const request: WriteRequest = {
    session: exchange.session,
    tenant: owner,
    path,
    contentLength: declaredLength(exchange),
    lockTokens: presentedTokens(exchange),
    ...(precondition === undefined ? {} : { precondition }),
  }
  const body = await bodyAtHand(exchange, request.contentLength)
  const { etag, lastModified } =
    body === undefined ? await upload(exchange, files, request) : await files.write(request, body, NEVER)
  if (body !== undefined) release(body)
  exchange.empty(201, ['etag', etag, 'last-modified', lastModified])
}

/**
 * A small body that came together with its head, so that nothing can happen between the checks before the body and
 * those after it; undefined when it has to be waited for.
 */
async function bodyAtHand({ request, throttle }: ClientExchange, length?: number): Promise<Uint8Array | undefined> {
  if (length === undefined || length > SMALL_BODY || throttle !== undefined) return undefined
  if (length === 0) return EMPTY
  // The parser hands over what came with the head before any promise goes on.
  await undefined
  if (request.readableLength < length) return undefined
  const body: unknown = request.read(length)
  return body instanceof Uint8Array ? body : undefined
}

async function upload(exchange: ClientExchange, files: Files, request: WriteRequest): Promise<WrittenFile> {
  const upload = await files.beginWrite(request, exchange.abortSignal())
  try {
    await readChunks(exchange, (chunk) => upload.write(chunk))
    return await upload.commit()
  } catch (error) {
    await upload.abort()
    throw error
  }
}

/** `Content-Length` as a number; undefined when absent. Node has refused malformed ones. */
function declaredLength(exchange: ClientExchange): number | undefined {
  const text = exchange.header('content-length')
  if (text === undefined) return undefined
  const length = Number(text)
  if (!Number.isSafeInteger(length)) throw new HttpError(507, 'Disk space quota exceeded')
  return length
}
