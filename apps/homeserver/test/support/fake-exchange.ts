/** Requests for unit tests of the layers that only read them. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Exchange } from '../../src/http/kernel/exchange.ts'
import { WaitingReaders } from '../../src/http/kernel/waiting-readers.ts'

/** An exchange of a request that never was on a wire. */
export function fakeExchange<X extends Exchange>(
  type: new (request: IncomingMessage, response: ServerResponse, client: undefined, readers: WaitingReaders) => X,
  method: string,
  target: string,
  rawHeaders: readonly string[],
): X {
  const request = new IncomingMessage(new Socket())
  request.method = method
  request.url = target
  request.rawHeaders = [...rawHeaders]
  return new type(request, new ServerResponse(request), undefined, new WaitingReaders())
}
