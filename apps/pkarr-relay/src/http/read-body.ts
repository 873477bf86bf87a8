import { concatBytes } from '@pubky/crypto'
import { MAX_PACKET_LENGTH } from '@pubky/pkarr'
import { Refusal } from './refusal.ts'

/** A body must be complete within this time (spec 04 §2.1). */
export const BODY_TIMEOUT_MS = 30_000

/**
 * The body of a request, at most as long as the longest packet.
 * @throws {Refusal} 413 when it is longer, 400 when it is not complete after {@link BODY_TIMEOUT_MS}
 */
export async function readBody(request: Request, timeoutMs: number = BODY_TIMEOUT_MS): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_PACKET_LENGTH) throw tooLong()
  const reader = request.body?.getReader()
  if (reader === undefined) return new Uint8Array()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), timeoutMs)
  })
  try {
    const parts: Uint8Array[] = []
    for (let length = 0; ; ) {
      const part = await Promise.race([reader.read(), late])
      if (part.value === undefined) return concatBytes(...parts)
      length += part.value.length
      if (length > MAX_PACKET_LENGTH) throw tooLong()
      parts.push(part.value)
    }
  } finally {
    clearTimeout(timer)
    // The rest of a body that is refused is not wanted; a connection that breaks here is its own end.
    void reader.cancel().catch(() => {})
  }
}

function tooLong(): Refusal {
  return new Refusal(413, 'Failed to buffer the request body: length limit exceeded')
}

function tooLate(): Refusal {
  const reason = 'data was not received within the designated timeout'
  return new Refusal(400, `Failed to buffer the request body: ${reason}`)
}
