import {
  base64UrlDecode,
  base64UrlEncode,
  CryptoError,
  type PublicKey,
  sha256,
  utf8Encode,
  x25519PublicKey,
} from '@pubky/crypto'
import { readBounded } from '@pubky/pkarr'
import { ContentKeyBundle, ProtocolError, parseStoragePath, Resource, type StoragePath } from '@pubky/protocol'
import { clientStateError } from '../errors/client-state.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { statusCodeOf } from '../errors/status-code.ts'
import { readBody } from '../http/client-core.ts'
import { listFolder } from '../storage/list.ts'
import { folderEntries } from '../storage/on-demand.ts'
import { getAnswer } from '../storage/read.ts'
import type { StorageContext } from '../storage/storage-context.ts'
import { deleteFile, putFile } from '../storage/write.ts'
import { type EncryptedFolder, SHARING_FOLDER } from './encrypted-folder.ts'
import { openBox, sealBox } from './sealed-box.ts'
import { type SharingSecret, sharingSecret } from './sharing-secret.ts'

const KEY_FILE = `/${SHARING_FOLDER}key`

/** First member of everything that sharing writes. */
const VERSION = 'pubky-sdk-sharing-v1'

/**
 * Makes the public half known. Throws `ClientStateError` where somebody was given the key of the folder, or of one around
 * it: from that follows the secret half.
 */
export async function publishSharingKey(context: StorageContext, folder: EncryptedFolder): Promise<void> {
  const { owner, path } = folder
  for (let end = path.length; end > 1; end = path.lastIndexOf('/', end - 2) + 1) {
    const outer = parseStoragePath(path.slice(0, end))
    const known = await readJson(context, sharingResource(owner, outer, 'key'))
    if (known !== undefined && Reflect.get(known, 'given') === true) {
      throw clientStateError(`the key of ${outer} was shared, and would open what others share in ${path}`)
    }
  }
  const key = base64UrlEncode(x25519PublicKey(sharingSecret(folder)))
  await putJson(context, sharingResource(owner, path, 'key'), { version: VERSION, key })
}

/** The sharing key a user's app has published in the same folder; undefined when there is none. */
export async function fetchSharingKey(
  context: StorageContext,
  user: PublicKey,
  folder: StoragePath,
): Promise<Uint8Array | undefined> {
  const published = await readJson(context, sharingResource(user, folder, 'key'))
  if (published === undefined) return undefined
  const bytes = decoded(Reflect.get(published, 'key'))
  return bytes?.length === 32 ? bytes : undefined
}

/** Puts the keys of one scope where a recipient finds them, sealed to each of the recipient's keys. */
export async function writeShare(
  context: StorageContext,
  folder: EncryptedFolder,
  scope: StoragePath,
  recipient: PublicKey,
  recipientKeys: readonly Uint8Array[],
): Promise<void> {
  const message = utf8Encode(folder.keysOf(scope).toJsonText())
  const meaning = boxContext(folder.owner, recipient, scope)
  const boxes = recipientKeys.map((key) => sealBox(key, meaning, message)).filter((box) => box !== undefined)
  if (boxes.length === 0) throw clientStateError('the recipient has no key that can be sealed to')
  if (scope.endsWith('/')) await giveFolder(context, folder.owner, scope)
  const share = { version: VERSION, scope, boxes: boxes.map((box) => base64UrlEncode(box)) }
  await putJson(context, shareResource(folder, scope, recipient), share)
}

/**
 * Notes for ever that the key of a folder is not the user's alone any more. From it follow the secrets by which the user's
 * apps open what others share there and below, so a folder is either given away whole or receives shares.
 */
async function giveFolder(context: StorageContext, owner: PublicKey, folder: StoragePath): Promise<void> {
  for await (const receiving of foldersOfSharing(context, owner, folder)) {
    if ((await fetchSharingKey(context, owner, receiving)) === undefined) continue
    throw clientStateError(`others share in ${receiving}, and the key of ${folder} would open that too`)
  }
  await putJson(context, sharingResource(owner, folder, 'key'), { version: VERSION, given: true })
}

/** The folders in a folder, itself too, of which sharing has noted something. */
async function* foldersOfSharing(
  context: StorageContext,
  owner: PublicKey,
  folder: StoragePath,
): AsyncGenerator<StoragePath> {
  try {
    for await (const { path } of folderEntries(context, new Resource(owner, folder), {})) {
      if (path.endsWith(KEY_FILE)) yield parseStoragePath(path.slice(0, 1 - KEY_FILE.length))
    }
  } catch (error) {
    if (statusCodeOf(error) !== 404) throw error
  }
}

/** Removes a share. Keys that were taken already cannot be taken back. */
export async function deleteShare(
  context: StorageContext,
  folder: EncryptedFolder,
  scope: StoragePath,
  recipient: PublicKey,
): Promise<void> {
  await deleteFile(context, shareResource(folder, scope, recipient))
}

/** The keys of everything an owner shares with a reader in a folder, as far as the secrets open it. */
export async function readShares(
  context: StorageContext,
  owner: PublicKey,
  folder: StoragePath,
  reader: PublicKey,
  secrets: readonly SharingSecret[],
): Promise<ContentKeyBundle[]> {
  const listed = await listShares(context, sharingResource(owner, folder, `to/${reader.z32()}/`))
  const bundles: ContentKeyBundle[] = []
  for (const url of listed) {
    const share = await readJson(context, Resource.parse(url))
    const bundle = share && openShare(share, owner, reader, secrets)
    if (bundle !== undefined) bundles.push(bundle)
  }
  return bundles
}

function openShare(
  share: object,
  owner: PublicKey,
  reader: PublicKey,
  secrets: readonly SharingSecret[],
): ContentKeyBundle | undefined {
  const scope: unknown = Reflect.get(share, 'scope')
  const boxes: unknown = Reflect.get(share, 'boxes')
  if (typeof scope !== 'string' || !Array.isArray(boxes)) return undefined
  const context = boxContext(owner, reader, scope)
  for (const text of boxes.slice(0, MAX_BOXES)) {
    const box = decoded(text)
    for (const secret of secrets) {
      const message = box && openBox(secret, context, box)
      const bundle = message && bundleOf(message, scope)
      if (bundle !== undefined) return bundle
    }
  }
  return undefined
}

/** A share has one box per key of its reader; more would only cost time. */
const MAX_BOXES = 4

/** The bundle of an opened box, if it is one of exactly the scope that the share names. */
function bundleOf(message: Uint8Array, scope: string): ContentKeyBundle | undefined {
  try {
    const bundle = ContentKeyBundle.fromJson(new TextDecoder().decode(message))
    return bundle.scopes.length === 1 && bundle.scopes[0] === scope ? bundle : undefined
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof CryptoError) return undefined
    throw error
  }
}

/** Whose keys, for whom, for what: a box opens only where it was meant to. */
function boxContext(owner: PublicKey, reader: PublicKey, scope: string): string {
  return `${owner.z32()}${reader.z32()}${scope}`
}

function shareResource(folder: EncryptedFolder, scope: StoragePath, recipient: PublicKey): Resource {
  // A hash, since a scope is longer than a name may be.
  const id = base64UrlEncode(sha256(utf8Encode(scope)))
  return sharingResource(folder.owner, folder.path, `to/${recipient.z32()}/${id}`)
}

function sharingResource(owner: PublicKey, folder: StoragePath, name: string): Resource {
  return new Resource(owner, parseStoragePath(folder + SHARING_FOLDER + name))
}

async function listShares(context: StorageContext, directory: Resource): Promise<string[]> {
  try {
    return await listFolder(context, directory, { limit: 1000 })
  } catch (error) {
    if (statusCodeOf(error) === 404) return []
    throw error
  }
}

async function putJson(context: StorageContext, resource: Resource, value: object): Promise<void> {
  await putFile(context, resource, { body: utf8Encode(JSON.stringify(value)) })
}

/** Largest file of this format: it comes from the homeserver of somebody else. */
const MAX_FILE_BYTES = 65_536

/** A file of this format; undefined when it, or a homeserver to ask, is not there, or when it is something else. */
async function readJson(context: StorageContext, resource: Resource): Promise<object | undefined> {
  let bytes: Uint8Array | undefined
  try {
    const answer = await getAnswer(context, resource)
    bytes = await readBody(() => readBounded(answer, MAX_FILE_BYTES), context.core.signal)
  } catch (error) {
    const hasNoServer = error instanceof PubkyError && error.name === 'PkarrError'
    if (hasNoServer || statusCodeOf(error) === 404) return undefined
    throw error
  }
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === 'object' && value !== null && Reflect.get(value, 'version') === VERSION ? value : undefined
  } catch {
    return undefined
  }
}

function decoded(text: unknown): Uint8Array | undefined {
  try {
    return typeof text === 'string' ? base64UrlDecode(text) : undefined
  } catch (error) {
    if (error instanceof CryptoError) return undefined
    throw error
  }
}
