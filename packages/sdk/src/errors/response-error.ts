import { readPrefix } from '@pubky/pkarr'
import { discard } from '../http/discard.ts'
import { requestError } from './create.ts'
import type { PubkyError } from './pubky-error.ts'

/** Bytes of an error body that are read into the message unless the client says otherwise (spec 05 §2.2). */
export const DEFAULT_MAX_ERROR_BODY_BYTES = 4096

/** Turns a non-2xx answer into the error of spec 05 §2.2; reads at most `maxBodyBytes` of the body and cancels the rest. */
export async function responseError(response: Response, maxBodyBytes: number): Promise<PubkyError> {
  const reason = await reasonOf(response.status)
  const body = await readText(response, maxBodyBytes)
  const message = `Request failed: Server responded with an error: ${response.status} ${reason} - ${body ?? reason}`
  return requestError(message, { statusCode: response.status, kind: 'http' })
}

/** The first bytes of a body as text, or undefined when nothing may be read or the body fails to arrive. */
async function readText(response: Response, limit: number): Promise<string | undefined> {
  if (limit === 0) {
    await discard(response)
    return undefined
  }
  try {
    const { bytes, isWhole } = await readPrefix(response, limit)
    const text = new TextDecoder().decode(bytes)
    return isWhole ? text : `${text}\n[response body truncated at ${limit} bytes]`
  } catch {
    return undefined
  }
}

async function reasonOf(status: number): Promise<string> {
  const reason = REASONS[status]
  if (reason !== undefined) return reason
  const { rareReason } = await import('../rare-reads.ts')
  return rareReason(status)
}

/**
 * What the statuses mean that apps meet. HTTP/2 answers and some browsers carry no reason phrase, so it comes from the
 * status (RFC 9110 and WebDAV).
 */
const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  416: 'Range Not Satisfiable',
  423: 'Locked',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
}
