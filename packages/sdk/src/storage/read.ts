import type { Resource } from '@pubky/protocol'
import { transportError } from '../errors/create.ts'
import { responseError } from '../errors/response-error.ts'
import { readBody } from '../http/client-core.ts'
import { discard } from '../http/discard.ts'
import { otherSpellings } from './resource-input.ts'
import type { StorageContext } from './storage-context.ts'

/** How a file or a folder is asked for. */
export interface ReadRequest {
  readonly method: 'GET' | 'HEAD'
  /** With its question mark. */
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/**
 * Asks for a file or a folder. A name with special characters that is not there is looked for under the other spellings that
 * official software leaves behind; the first answer counts when none is there either.
 */
export async function requestFile(
  context: StorageContext,
  resource: Resource,
  request: ReadRequest,
): Promise<Response> {
  const first = await requestExactFile(context, resource, request)
  if (first.status !== 404) return first
  for (const spelling of otherSpellings(resource)) {
    const response = await requestExactFile(context, spelling, request)
    if (response.status !== 404) {
      await discard(first)
      return response
    }
    await discard(response)
  }
  return first
}

/** Asks for a file under exactly this name. */
export function requestExactFile(context: StorageContext, resource: Resource, request: ReadRequest): Promise<Response> {
  return context.core.send({
    method: request.method,
    url: resource.toTransportUrl() + (request.query ?? ''),
    ...(request.headers && { headers: request.headers }),
    credential: context.credential,
    signal: request.signal,
    retry: true,
  })
}

/** A file as a fresh `Response` with status, headers and streaming body; throws `RequestError` unless it is there. */
export async function getFile(context: StorageContext, resource: Resource): Promise<Response> {
  return asPlainResponse(await getAnswer(context, resource))
}

/** A file's bytes. */
export async function getFileBytes(context: StorageContext, resource: Resource): Promise<Uint8Array> {
  const response = await getAnswer(context, resource)
  return await readBody(async () => new Uint8Array(await response.arrayBuffer()), context.core.signal)
}

/** A file's text, decoded by the charset of its content type, UTF-8 unless it says otherwise. */
export async function getFileText(context: StorageContext, resource: Resource): Promise<string> {
  const response = await getAnswer(context, resource)
  const charset = charsetOf(response.headers.get('content-type'))
  if (charset === undefined) return await readBody(() => response.text(), context.core.signal)
  const bytes = await readBody(() => response.arrayBuffer(), context.core.signal)
  return decoderOf(charset).decode(bytes)
}

/** A file's JSON value. */
export async function getFileJson(context: StorageContext, resource: Resource): Promise<unknown> {
  const response = await getAnswer(context, resource, { headers: { accept: 'application/json' } })
  const text = await readBody(() => response.text(), context.core.signal)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw transportError('error decoding response body', 'decode', cause)
  }
}

/** Whether a file is there. */
export async function fileExists(context: StorageContext, resource: Resource): Promise<boolean> {
  return (await headFile(context, resource)) !== undefined
}

/** The answer to HEAD, or undefined when the file is not there (404, 410). */
export async function headFile(context: StorageContext, resource: Resource): Promise<Response | undefined> {
  const response = await requestFile(context, resource, { method: 'HEAD' })
  if (response.status === 404 || response.status === 410) return undefined
  if (!response.ok) throw await responseError(response, context.core.maxErrorBodyBytes)
  return response
}

/** Without the URL it came from, as official SDKs hand it out. */
function asPlainResponse(response: Response): Response {
  return new Response(response.body, response)
}

/** The answer to GET; throws `RequestError` unless it is there. */
export async function getAnswer(
  context: StorageContext,
  resource: Resource,
  request?: Omit<ReadRequest, 'method'>,
): Promise<Response> {
  const response = await requestFile(context, resource, { method: 'GET', ...request })
  if (!response.ok) throw await responseError(response, context.core.maxErrorBodyBytes)
  return response
}

function charsetOf(contentType: string | null): string | undefined {
  const match = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? '')
  return match?.[1]
}

/** A charset nobody knows is read as UTF-8. */
function decoderOf(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}
