import { Resource } from '@pubky/protocol'
import { invalidRequest, messageOf } from '../errors/create.ts'
import { readAnswer } from '../http/client-core.ts'
import { getAnswer } from './read.ts'
import type { StorageContext } from './storage-context.ts'

/** Which part of a listing is asked for. */
export interface ListOptions {
  /** Entry to start after: a `pubky://` URL or `<z32>/<path>`. */
  readonly cursor?: string | null | undefined
  /** Last name first. */
  readonly reverse?: boolean | null | undefined
  /** 0–65535; servers cut it at 1000 and use 100 when it is absent. */
  readonly limit?: number | null | undefined
  /** Only what lies directly in the folder; folders end with `/`. */
  readonly shallow?: boolean | null | undefined
}

/** Names in a folder as `pubky://<z32>/<path>` with the path decoded, fit to be given to any storage call again. */
export async function listFolder(context: StorageContext, folder: Resource, options: ListOptions): Promise<string[]> {
  const response = await getAnswer(context, folder, { query: listQuery(folder, options) })
  const text = new TextDecoder().decode(await readAnswer(response, context.core.signal))
  return text
    .split('\n')
    .map(withoutSpaceAround)
    .filter((line) => line !== '')
    .map(checkedLine)
}

/** What asks for one page of a listing. Throws `RequestError` unless the path names a folder. */
export function listQuery(folder: Resource, options: ListOptions): string {
  if (!folder.path.endsWith('/')) throw invalidRequest('directory listings must end with `/`')
  const query: string[] = []
  if (options.reverse) query.push('reverse')
  if (options.shallow) query.push('shallow')
  if (options.limit != null) query.push(`limit=${limitText(options.limit)}`)
  if (options.cursor != null) query.push(new URLSearchParams({ cursor: options.cursor }).toString())
  return query.length > 0 ? `?${query.join('&')}` : ''
}

function limitText(limit: number): string {
  if (!Number.isInteger(limit) || limit < 0 || limit > 65_535) {
    throw invalidRequest(`limit must be an integer from 0 to 65535, got ${limit}`)
  }
  return String(limit)
}

/**
 * Not `trim`: a name may end in U+FEFF, which that takes for space. And no pattern: looking for the end of every run of
 * spaces in a hostile line would take minutes.
 */
function withoutSpaceAround(line: string): string {
  let start = 0
  let end = line.length
  while (start < end && isSpace(line.charCodeAt(start))) start += 1
  while (end > start && isSpace(line.charCodeAt(end - 1))) end -= 1
  return line.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0d || code === 0x09
}

/** A line as the server prints it, `pubky://` or transport URL, with its path decoded. */
function checkedLine(line: string): string {
  try {
    const resource = line.startsWith('http') ? Resource.fromTransportUrl(line) : Resource.parse(line)
    return `pubky://${resource.entryKey()}`
  } catch (cause) {
    // In the official words, though it is the server that sent it.
    throw invalidRequest(messageOf(cause), cause)
  }
}
