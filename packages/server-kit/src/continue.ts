import { IncomingMessage, type ServerResponse } from 'node:http'

/**
 * For a request with `Expect: 100-continue`: sends `100 Continue` when the body is first read and not before, so that a
 * refusal reaches the client before it sends anything (spec 02 §2). Without a `100` the connection closes after the
 * answer, because nobody can tell whether the body still comes.
 */
export function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const keepsAlive = response.shouldKeepAlive
  response.shouldKeepAlive = false
  request._read = (size) => {
    request._read = IncomingMessage.prototype._read
    if (!response.headersSent && !response.destroyed) {
      response.shouldKeepAlive = keepsAlive
      response.writeContinue()
    }
    request._read(size)
  }
}
