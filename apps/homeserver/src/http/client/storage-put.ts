/** Writing a file: `PUT` of a storage path (spec 02 §10.4). */
import { authorizeWrite } from '../../accounts/authorize.ts'
import type { Files, WriteRequest, WrittenFile } from '../../files/files.ts'
import { readBody, readChunks } from '../kernel/body.ts'
import { HttpError } from '../kernel/http-error.ts'
import type { ClientExchange } from './client-exchange.ts'
import { writePrecondition } from './conditions.ts'
import { presentedTokens } from './lock-headers.ts'
import { fileTarget } from './write-target.ts'

/** Bodies of up to this size are taken whole, then written in one step. */
const SMALL_BODY = 65_536

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
  const { etag, lastModified } = isSmall(exchange, request)
    ? await files.write(request, await readBody(exchange, SMALL_BODY), exchange.abortSignal())
    : await upload(exchange, files, request)
  exchange.empty(201, ['etag', etag, 'last-modified', lastModified])
}

/** A small body that is on its way anyway; a client that waits for `100 Continue` is answered before its body. */
function isSmall(exchange: ClientExchange, { contentLength }: WriteRequest): boolean {
  return contentLength !== undefined && contentLength <= SMALL_BODY && exchange.header('expect') === undefined
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
