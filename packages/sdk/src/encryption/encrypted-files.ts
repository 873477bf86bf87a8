import { Resource } from '@pubky/protocol'
import { transportError } from '../errors/create.ts'
import { responseError } from '../errors/response-error.ts'
import { readBody } from '../http/client-core.ts'
import { folderEntries } from '../storage/on-demand.ts'
import { requestExactFile } from '../storage/read.ts'
import type { StorageContext } from '../storage/storage-context.ts'
import type { EncryptedFolder } from './encrypted-folder.ts'
import { openFile } from './sealed-file.ts'
import { openStream, STREAM_VERSION } from './sealed-stream.ts'

/** Reads and decrypts a whole file. */
export async function readEncrypted(
  context: StorageContext,
  folder: EncryptedFolder,
  name: string,
): Promise<Uint8Array> {
  const resource = folder.resource(name)
  const response = await fetchExact(context, resource)
  const sealed = await readBody(async () => new Uint8Array(await response.arrayBuffer()), context.core.signal)
  return openFile(folder.key(resource), folder.identity(resource), sealed)
}

/** Reads and decrypts a file's JSON value. */
export async function readEncryptedJson(
  context: StorageContext,
  folder: EncryptedFolder,
  name: string,
): Promise<unknown> {
  const text = new TextDecoder().decode(await readEncrypted(context, folder, name))
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message would quote what was encrypted.
    throw transportError('error decoding response body', 'decode')
  }
}

/** Whether a file is there. */
export async function encryptedExists(
  context: StorageContext,
  folder: EncryptedFolder,
  name: string,
): Promise<boolean> {
  const response = await requestExactFile(context, folder.resource(name), { method: 'HEAD' })
  if (response.status === 404 || response.status === 410) return false
  if (!response.ok) throw await responseError(response, context.core.maxErrorBodyBytes)
  return true
}

/** Decrypts a file while it arrives; each piece comes out only after it was verified. */
export async function streamEncrypted(
  context: StorageContext,
  folder: EncryptedFolder,
  name: string,
): Promise<ReadableStream<Uint8Array>> {
  const resource = folder.resource(name)
  const [key, identity] = [folder.key(resource), folder.identity(resource)]
  const response = await fetchExact(context, resource)
  const reader = response.body?.getReader()
  const first = (await readBody(async () => reader?.read(), context.core.signal))?.value ?? new Uint8Array(0)
  if (reader !== undefined && first[0] === STREAM_VERSION)
    return resumed(first, reader).pipeThrough(openStream(key, identity))
  // Nothing of a file in one piece is verified before its end.
  const whole = new Response(reader === undefined ? null : resumed(first, reader))
  const sealed = await readBody(async () => new Uint8Array(await whole.arrayBuffer()), context.core.signal)
  const plaintext = openFile(key, identity, sealed)
  return new ReadableStream({
    start(controller) {
      controller.enqueue(plaintext)
      controller.close()
    },
  })
}

/** All names in a folder, at any depth, in order. */
export async function listEncrypted(context: StorageContext, folder: EncryptedFolder): Promise<string[]> {
  const names: string[] = []
  for await (const { url } of folderEntries(context, new Resource(folder.owner, folder.path), {})) {
    const name = folder.nameOf(url)
    if (name !== undefined) names.push(name)
  }
  return names
}

async function fetchExact(context: StorageContext, resource: Resource): Promise<Response> {
  const response = await requestExactFile(context, resource, { method: 'GET' })
  if (!response.ok) throw await responseError(response, context.core.maxErrorBodyBytes)
  return response
}

/** A stream of which the first piece was read already. */
function resumed(first: Uint8Array, reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (first.length > 0) controller.enqueue(first)
    },
    async pull(controller) {
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel(reason) {
      await reader.cancel(reason)
    },
  })
}
