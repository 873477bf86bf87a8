import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'

const FORBIDDEN_IN_TARGET = /[#<>]/

/**
 * Answers and closes requests that two servers could read differently, or that Node would cut silently
 * (design/reliability.md §5.3): more than one `Host`, a target that is not a path (`*` of OPTIONS excepted) or holds what
 * no target may (`#`, which proxies cut, `<`, `>`), HTTP/1.0 with `Transfer-Encoding` (all 400), more than
 * `maxHeaderCount` header fields (431), and a coding other than `chunked`, which nobody would undo (501).
 *
 * @returns whether the request was answered
 */
export function refuseAmbiguousRequest(
  request: IncomingMessage,
  response: ServerResponse,
  maxHeaderCount: number,
): boolean {
  const status = refusalOf(request, response, maxHeaderCount)
  if (status === undefined) return false
  response.writeHead(status, { connection: 'close', 'content-length': 0 })
  response.end()
  return true
}

function refusalOf(
  request: IncomingMessage,
  response: ServerResponse,
  maxHeaderCount: number,
): 400 | 431 | 501 | undefined {
  const { rawHeaders, url = '' } = request
  if (rawHeaders.length > maxHeaderCount * 2) return 431
  if (!url.startsWith('/') && !(url === '*' && request.method === 'OPTIONS')) return 400
  if (FORBIDDEN_IN_TARGET.test(url)) return 400
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    // The lengths of the three names.
    if (name?.length !== 4 && name?.length !== 7 && name?.length !== 17) continue
    const lower = name.toLowerCase()
    if (lower === 'host') hosts++
    // An upgrade is ignored; but Node drops what it has received behind such a request, so nothing may follow.
    else if (lower === 'upgrade') response.shouldKeepAlive = false
    else if (lower === 'transfer-encoding') {
      if (request.httpVersion === '1.0') return 400
      if (rawHeaders[index + 1]?.toLowerCase() !== 'chunked') return 501
    }
  }
  return hosts > 1 ? 400 : undefined
}

/**
 * The same for HTTP/2, whose requests have no lengths to disagree about: a target that holds what none may, and an
 * authority or `Host` that says something else than the other (RFC 9113 §8.3.1), are 400, too large a head is 431.
 *
 * @returns whether the request was answered
 */
export function refuseAmbiguousHttp2Request(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  limits: { readonly maxHeaderCount: number; readonly maxHeaderBytes: number },
): boolean {
  const { rawHeaders } = request
  const hosts: string[] = []
  let bytes = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]]
    bytes += name.length + value.length
    if (name === 'host' || name === ':authority') hosts.push(value.toLowerCase())
  }
  const isLarge = rawHeaders.length > limits.maxHeaderCount * 2 || bytes > limits.maxHeaderBytes
  const isAmbiguous = hosts.some((host) => host !== hosts[0]) || FORBIDDEN_IN_TARGET.test(request.url ?? '')
  if (!isLarge && !isAmbiguous) return false
  response.writeHead(isLarge ? 431 : 400)
  response.end()
  return true
}
