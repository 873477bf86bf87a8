import type { IncomingMessage, ServerResponse } from 'node:http'

const FORBIDDEN_IN_TARGET = /[#<>]/

/**
 * Answers and closes requests that two servers could read differently, or that Node would cut silently
 * (design/reliability.md §5.3): more than one `Host`, a target that is not a path (`*` of OPTIONS excepted) or holds what
 * no target may (`#`, which proxies cut, `<`, `>`), HTTP/1.0 with `Transfer-Encoding` (all 400), and more than
 * `maxHeaderCount` header fields (431).
 *
 * @returns whether the request was answered
 */
export function refuseAmbiguousRequest(
  request: IncomingMessage,
  response: ServerResponse,
  maxHeaderCount: number,
): boolean {
  const status = refusalOf(request, maxHeaderCount)
  if (status === undefined) return false
  response.writeHead(status, { connection: 'close', 'content-length': 0 })
  response.end()
  return true
}

function refusalOf(request: IncomingMessage, maxHeaderCount: number): 400 | 431 | undefined {
  const { rawHeaders, url = '' } = request
  if (rawHeaders.length > maxHeaderCount * 2) return 431
  if (!url.startsWith('/') && !(url === '*' && request.method === 'OPTIONS')) return 400
  if (FORBIDDEN_IN_TARGET.test(url)) return 400
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  if (hosts > 1) return 400
  if (request.httpVersion === '1.0' && request.headers['transfer-encoding'] !== undefined) return 400
  return undefined
}
