import type { Resource } from '@pubky/protocol'
import type { OutgoingRequest } from '../http/client-core.ts'
import { discard } from '../http/discard.ts'
import type { Transmit } from '../http/transport.ts'
import type { StorageContext } from './storage-context.ts'

/** What a write is sent with. */
export interface WriteRequest {
  readonly body: OutgoingRequest['body']
  readonly headers?: Readonly<Record<string, string>>
  readonly replayable?: boolean
  readonly signal?: AbortSignal | undefined
  readonly transmit?: Transmit | undefined
}

/** Stores a file under exactly this name; any 2xx is success. */
export async function putFile(context: StorageContext, resource: Resource, request: WriteRequest): Promise<Response> {
  const response = await context.core.sendExpectingSuccess({
    method: 'PUT',
    url: resource.toTransportUrl(),
    body: request.body,
    ...(request.headers && { headers: request.headers }),
    ...(request.replayable !== undefined && { replayable: request.replayable }),
    credential: context.credential,
    signal: request.signal,
    transmit: request.transmit,
    retry: true,
  })
  await discard(response)
  return response
}

/** Deletes a file under exactly this name. */
export async function deleteFile(
  context: StorageContext,
  resource: Resource,
  headers?: Readonly<Record<string, string>>,
): Promise<void> {
  const response = await context.core.sendExpectingSuccess({
    method: 'DELETE',
    url: resource.toTransportUrl(),
    ...(headers && { headers }),
    credential: context.credential,
    retry: true,
  })
  await discard(response)
}
