import { ProtocolError } from '../errors.ts'
import type { CompactJws } from './jws.ts'

/**
 * Splits a compact JWS (spec 01 §5.1).
 * @throws ProtocolError `jws-parts` unless there are exactly three parts
 */
export function splitJws(text: string): CompactJws {
  const [header, payload, signature, ...rest] = text.split('.', 4)
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    throw new ProtocolError('jws-parts', 'JWS Compact Serialization must have exactly 3 dot-separated parts')
  }
  return { header, payload, signature }
}
