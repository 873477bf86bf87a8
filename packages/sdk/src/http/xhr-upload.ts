import { globalFetch } from './global-fetch.ts'

type BlobRequest = RequestInit & { readonly body: Blob }

/**
 * Sends one request as `fetch` would, and tells how many bytes have left, which `fetch` cannot. Browsers only; the answer
 * is read as a whole. Service workers have `fetch` alone, and no count comes of an empty body: there, one word at the end
 * must do.
 */
export async function uploadCounted(
  url: string,
  init: BlobRequest,
  onProgress: (transferred: number) => void,
): Promise<Response> {
  if (typeof XMLHttpRequest !== 'undefined' && init.body.size > 0) return await uploadByXhr(url, init, onProgress)
  const response = await globalFetch(url, init)
  onProgress(init.body.size)
  return response
}

function uploadByXhr(url: string, init: BlobRequest, onProgress: (transferred: number) => void): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers, body, credentials, signal } = init
    signal?.throwIfAborted()
    const request = new XMLHttpRequest()
    request.open(method, url)
    request.withCredentials = credentials === 'include'
    request.responseType = 'arraybuffer'
    for (const [name, value] of new Headers(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded }) => onProgress(loaded)
    request.onload = () => resolve(responseOf(request))
    request.onerror = () => reject(new TypeError('Failed to send'))
    request.onabort = () => reject(signal?.reason ?? new DOMException('aborted', 'AbortError'))
    const abort = (): void => request.abort()
    signal?.addEventListener('abort', abort)
    // A signal that lives as long as the page must not keep every file that was ever sent.
    request.onloadend = () => signal?.removeEventListener('abort', abort)
    request.send(body)
  })
}

/** Statuses whose answers have no body, and for which `Response` refuses one. */
const WITHOUT_BODY = [204, 205, 304]

function responseOf(request: XMLHttpRequest): Response {
  const headers = new Headers()
  for (const line of request.getAllResponseHeaders().split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  const { status, statusText, response } = request
  const body = WITHOUT_BODY.includes(status) || !(response instanceof ArrayBuffer) ? null : response
  return new Response(body, { status, statusText, headers })
}
