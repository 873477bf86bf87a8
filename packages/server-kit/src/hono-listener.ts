import type { RequestListener } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'

/** `c.env` of a Hono app behind {@link honoListener}: the raw request and response of `node:http`. */
export type NodeBindings = HttpBindings

/**
 * The request listener of a Hono app. What escapes the app's own error handler is answered with a bare 500 and given to
 * `onError`; a request that cannot be expressed as a URL is a bare 400.
 */
export function honoListener(
  app: { fetch(request: Request, env: HttpBindings): Response | Promise<Response> },
  onError?: (error: unknown) => void,
): RequestListener {
  const listener = getRequestListener((request, env) => app.fetch(request, env as HttpBindings), {
    errorHandler: (error) => {
      onError?.(error)
      return new Response(null, { status: 500 })
    },
  })
  return (request, response) => {
    void listener(request, response)
  }
}
