/** The five doors of spec 06 §3, and the banner. */
export type RouteName = 'banner' | 'inbox' | 'ack' | 'await' | 'link'

export interface Route {
  readonly name: RouteName
  /** The raw path segment of the id, percent-encoded; empty for the banner. */
  readonly segment: string
}

/** Methods of each route in the form of the `Allow` header. */
export const ALLOWED: Readonly<Record<RouteName, string>> = {
  banner: 'GET,HEAD',
  inbox: 'GET,HEAD,POST,DELETE',
  ack: 'GET,HEAD',
  await: 'GET,HEAD',
  link: 'GET,HEAD,POST',
}

/** Ids are at most this long after percent-decoding (spec 06 §2). */
const MAX_ID_BYTES = 256

/** The route of a request target; the query does not count. `undefined` is a 404. */
export function matchRoute(target: string): Route | undefined {
  const [path = ''] = target.split(/[?#]/, 1)
  if (path === '/') return { name: 'banner', segment: '' }
  const [root, door, segment, last, ...rest] = path.split('/')
  if (root !== '' || segment === undefined || segment === '' || rest.length > 0) return undefined
  if (last === undefined && (door === 'inbox' || door === 'link')) return { name: door, segment }
  if (door === 'inbox' && (last === 'ack' || last === 'await')) return { name: last, segment }
  return undefined
}

/** The id of a path segment, `%2F` included as a slash; `undefined` if its bytes are not UTF-8. */
export function decodeId(segment: string): string | undefined {
  const bytes = Buffer.from(segment, 'latin1')
  let length = 0
  for (let index = 0; index < bytes.length; index++) {
    const code = /^%[0-9a-fA-F]{2}$/.test(segment.slice(index, index + 3))
      ? Number.parseInt(segment.slice(index + 1, index + 3), 16)
      : undefined
    bytes[length++] = code ?? bytes[index] ?? 0
    if (code !== undefined) index += 2
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, length))
  } catch {
    return undefined
  }
}

/** Whether an id is longer than {@link MAX_ID_BYTES}. */
export function isTooLong(id: string): boolean {
  return Buffer.byteLength(id) > MAX_ID_BYTES
}
