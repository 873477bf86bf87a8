import { readBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import { HttpError } from './http-error.ts'

const JSON_TYPE = /^application\/(?:[\w!#$&^.+-]+\+)?json$/i

/**
 * The parsed JSON body.
 * @throws HttpError 415 for another content type, 413 above 2 MiB, 400 when it is no JSON: upstream's order and texts
 */
export async function readJson(exchange: Exchange): Promise<unknown> {
  const [type = ''] = (exchange.header('content-type') ?? '').split(';', 1)
  if (!JSON_TYPE.test(type.trim())) {
    throw new HttpError(415, 'Expected request with `Content-Type: application/json`')
  }
  const bytes = await readBody(exchange)
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
    return value
  } catch (cause) {
    throw new HttpError(400, 'Failed to parse the request body as JSON: not valid JSON', { cause })
  }
}
