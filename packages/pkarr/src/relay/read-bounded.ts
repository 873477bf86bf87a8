import { concatBytes } from '@pubky/crypto'

/** A body, or undefined when it is longer than `limit` bytes, or says so; the rest is then cancelled. */
export async function readBounded(response: Response, limit: number): Promise<Uint8Array | undefined> {
  const declared = Number(response.headers.get('content-length') ?? 0)
  const reader = response.body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    if (length > limit || declared > limit) {
      await reader?.cancel().catch(() => {})
      return undefined
    }
    const part = await reader?.read()
    if (part?.value === undefined) return concatBytes(...chunks)
    chunks.push(part.value)
    length += part.value.length
  }
}
