import { PkarrError } from '@pubky/pkarr'
import { Refusal } from './refusal.ts'

/** A failed look-up as the official relay answers it (spec 04 §2.3); other errors pass unchanged. */
export function lookupRefusal(error: unknown): unknown {
  if (!(error instanceof PkarrError)) return error
  switch (error.code) {
    case 'no-nodes':
      return new Refusal(503, 'No DHT nodes were queried')
    case 'no-responses':
      return new Refusal(503, 'No queried DHT nodes responded')
    case 'no-usable-responses':
    case 'unexpected-responses':
      return new Refusal(503, 'No responded DHT nodes returned usable response')
    case 'invalid-signed-packet':
      return new Refusal(404, `DHT mutable item at seq ${error.seq} is not a valid signed packet`, {
        'pkarr-invalid-signed-packet-seq': String(error.seq),
      })
    default:
      return error
  }
}

/** A failed publish as the official relay answers it (spec 04 §2.2); other errors pass unchanged. */
export function publishRefusal(error: unknown): unknown {
  if (!(error instanceof PkarrError)) return error
  switch (error.code) {
    case 'not-most-recent':
      return notMostRecent()
    case 'no-nodes':
      return new Refusal(500, 'DHT query found no closest nodes')
    case 'no-responses':
      return new Refusal(500, 'DHT query timed out')
    case 'rejected': {
      const { code, description } = error.rejection ?? { code: 0, description: 'unknown' }
      return new Refusal(500, `DHT query returned error response code: ${code}, description: ${description}`)
    }
    case 'unexpected-responses':
      return new Refusal(500, 'DHT query failed')
    default:
      return new Refusal(400, error.message)
  }
}

/** 409: a newer packet of the key is known. */
export function notMostRecent(): Refusal {
  return new Refusal(409, 'packet is not the most recent')
}
