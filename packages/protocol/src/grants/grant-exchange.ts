import { ProtocolError } from '../errors.ts'
import { MAX_CREDENTIAL_LENGTH } from '../names.ts'
import { splitJws } from './split-jws.ts'

/** Body of the requests that present a grant: exchange, sign-up and sign-out by proof (spec 01 §5.4, §5.6). */
export interface GrantExchange {
  /** Compact JWS. */
  readonly grant: string
  /** Compact JWS. */
  readonly pop: string
}

/**
 * Reads the parsed JSON body of a grant request; other members are ignored.
 * @throws ProtocolError `grant-exchange` for a body that deserves status 422
 */
export function parseGrantExchange(body: unknown): GrantExchange {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ProtocolError('grant-exchange', 'expected an object with `grant` and `pop`')
  }
  return { grant: jwsMember(body, 'grant'), pop: jwsMember(body, 'pop') }
}

function jwsMember(body: object, name: 'grant' | 'pop'): string {
  const value: unknown = Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined
  if (value === undefined) throw new ProtocolError('grant-exchange', `missing field \`${name}\``)
  if (typeof value !== 'string') {
    throw new ProtocolError('grant-exchange', `${name}: invalid type, expected a string`)
  }
  if (value.length > MAX_CREDENTIAL_LENGTH) throw new ProtocolError('grant-exchange', `${name}: JWS is too long`)
  try {
    splitJws(value)
  } catch (cause) {
    const reason = cause instanceof ProtocolError ? cause.message : 'unreadable'
    throw new ProtocolError('grant-exchange', `${name}: ${reason}`, { cause })
  }
  return value
}
