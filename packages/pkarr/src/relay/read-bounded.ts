import { concatBytes } from '@pubky/crypto'

/** A body, or undefined when it is longer than `limit` bytes, or says so; the rest is then cancelled. */
export async function readBounded(response: Response, limit: number): Promise<Uint8Array | undefined> {
  if (Number(response.headers.get('content-length') ?? 0) > limit) {
    await response.body?.cancel().catch(() => {})
    return undefined
  }
  const { bytes, isWhole } = await readPrefix(response, limit)
  return isWhole ? bytes : undefined
}

/** The first `limit` bytes of a body, and whether they are all of it; the rest is cancelled. */
export async function readPrefix(
  response: Response,
  limit: number,
): Promise<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
  const reader = response.body?.getReader()
  const parts: Uint8Array[] = []
  for (let room = limit; ; ) {
    const value = (await reader?.read())?.value
    if (value === undefined) return { bytes: concatBytes(...parts), isWhole: true }
    parts.push(value.subarray(0, room))
    room -= value.length
    if (room < 0) {
      await reader?.cancel().catch(() => {})
      return { bytes: concatBytes(...parts), isWhole: false }
    }
  }
}
