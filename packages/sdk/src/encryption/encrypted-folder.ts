import type { PublicKey } from '@pubky/crypto'
import { type ContentKeyBundle, ProtocolError, parseResourcePath, Resource, type StoragePath } from '@pubky/protocol'
import { invalidInput, messageOf } from '../errors/create.ts'
import type { FileIdentity } from './file-identity.ts'

/** Where sharing keeps its own files, inside the folder. Hidden from listings, and no name for files of the app. */
export const SHARING_FOLDER = '.pubky-sharing/'

/** Names of sharing's files, of this folder or of one in it. */
const SHARING_NAME = /(?:^|\/)\.pubky-sharing\//

/** The files of one owner's folder, by names relative to it, with the keys to them. */
export class EncryptedFolder {
  readonly owner: PublicKey
  /** Absolute, ends with `/`. */
  readonly path: StoragePath
  readonly keys: ContentKeyBundle

  /** Throws `InvalidInput` for a path that names no folder. */
  constructor(owner: PublicKey, path: string, keys: ContentKeyBundle) {
    this.owner = owner
    this.path = checkedFolder(path)
    this.keys = keys
  }

  /** The file or folder called `name`; throws `InvalidInput` for names that leave the folder or belong to sharing. */
  resource(name: string): Resource {
    if (name.startsWith('/') || name === '' || SHARING_NAME.test(name)) {
      throw invalidInput(`not a name inside of ${this.path}: ${JSON.stringify(name)}`)
    }
    return new Resource(this.owner, checkedPath(this.path + name))
  }

  /** What is bound into a file's ciphertext. */
  identity(resource: Resource): FileIdentity {
    return { owner: this.owner.z32(), path: resource.path }
  }

  /** The content key of a file, 32 bytes. Throws `InvalidInput` when the keys do not cover it. */
  key({ path }: Resource): Uint8Array {
    return covered(() => this.keys.deriveForPath(path))
  }

  /** Keys for nothing but one file or folder in here. Throws `InvalidInput` when the keys do not cover it. */
  keysOf(scope: StoragePath): ContentKeyBundle {
    return covered(() => this.keys.narrowedTo(scope))
  }

  /** The name of a listed `pubky://` URL, relative to the folder; undefined for sharing's own files. */
  nameOf(url: string): string | undefined {
    const name = Resource.parse(url).path.slice(this.path.length)
    return SHARING_NAME.test(name) ? undefined : name
  }
}

/** A path that names a folder. Throws `InvalidInput`. */
export function checkedFolder(path: string): StoragePath {
  if (!path.endsWith('/')) throw invalidInput(`an encrypted folder's path ends with /, got ${path}`)
  return checkedPath(path)
}

/** What keys yield; `InvalidInput` when they do not cover what is asked of them. */
export function covered<T>(derive: () => T): T {
  try {
    return derive()
  } catch (cause) {
    throw cause instanceof ProtocolError ? invalidInput(cause.message, cause) : cause
  }
}

function checkedPath(path: string): StoragePath {
  try {
    return parseResourcePath(path)
  } catch (cause) {
    throw invalidInput(messageOf(cause), cause)
  }
}
