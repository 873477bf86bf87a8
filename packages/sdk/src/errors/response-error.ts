import { readPrefix } from '@pubky/pkarr'
import { discard } from '../http/discard.ts'
import { requestError } from './create.ts'
import type { PubkyError } from './pubky-error.ts'

/** Bytes of an error body that are read into the message unless the client says otherwise (spec 05 §2.2). */
export const DEFAULT_MAX_ERROR_BODY_BYTES = 4096

/** Turns a non-2xx answer into the error of spec 05 §2.2; reads at most `maxBodyBytes` of the body and cancels the rest. */
export async function responseError(response: Response, maxBodyBytes: number): Promise<PubkyError> {
  const reason = REASON_PHRASES[response.status] ?? 'Unknown Error'
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

/** HTTP/2 answers and some browsers carry no reason phrase, so it comes from the status (RFC 9110 and WebDAV). */
const REASON_PHRASES: Readonly<Record<number, string>> = {
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  422: 'Unprocessable Entity',
  423: 'Locked',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  507: 'Insufficient Storage',
}
