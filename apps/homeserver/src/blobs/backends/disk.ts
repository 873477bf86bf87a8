import { mkdir, open, opendir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HomeserverError } from '../../error.ts'
import type { BlobBackend, BlobReader, BlobWriter, StoredBlob } from '../blobs.ts'
import { Descriptor } from './descriptor.ts'

const ID = /^[0-9a-f]{32}$/

/**
 * Objects as files under random names, never overwritten: written under `tmp/`, flushed, renamed into place, and the
 * folder flushed, before anybody may name them (spec 03 §9.5). User paths never reach the file system.
 * @throws HomeserverError `storage-failed`
 */
export async function openDiskBlobs(root: string): Promise<BlobBackend> {
  try {
    await mkdir(join(root, 'tmp'), { recursive: true, mode: 0o700 })
    await mkdir(join(root, 'objects'), { recursive: true, mode: 0o700 })
    await syncFolder(root)
  } catch (cause) {
    throw asFailure(cause, `cannot prepare the folder ${root}`)
  }
  return new DiskBlobs(root)
}

class DiskBlobs implements BlobBackend {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  async create(id: string): Promise<BlobWriter> {
    const temporary = join(this.#root, 'tmp', requireId(id))
    try {
      return new DiskWriter(
        await Descriptor.open(temporary, 'wx', 0o600),
        temporary,
        this.#pathOf(id),
        this.#folderOf(id),
      )
    } catch (cause) {
      throw asFailure(cause, 'cannot start a stored body')
    }
  }

  async open(id: string): Promise<BlobReader | undefined> {
    try {
      return new DiskReader(await Descriptor.open(this.#pathOf(id), 'r'))
    } catch (cause) {
      if (isCode(cause, 'ENOENT')) return undefined
      throw asFailure(cause, 'cannot open a stored body')
    }
  }

  async remove(id: string): Promise<void> {
    try {
      await rm(this.#pathOf(id), { force: true })
    } catch (cause) {
      throw asFailure(cause, 'cannot remove a stored body')
    }
  }

  async *list(): AsyncIterable<StoredBlob> {
    for (const folder of await readdir(join(this.#root, 'objects'))) {
      for await (const { name } of await opendir(join(this.#root, 'objects', folder))) {
        if (!ID.test(name)) continue
        const status = await stat(join(this.#root, 'objects', folder, name)).catch(() => undefined)
        if (status !== undefined) yield { id: name, modifiedAtMs: status.mtimeMs }
      }
    }
  }

  async clearUnfinished(modifiedBeforeMs: number): Promise<void> {
    const folder = join(this.#root, 'tmp')
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      const status = await stat(path).catch(() => undefined)
      if (status === undefined || status.mtimeMs >= modifiedBeforeMs) continue
      await rm(path, { force: true, recursive: true })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #folderOf(id: string): string {
    return join(this.#root, 'objects', requireId(id).slice(0, 2))
  }

  #pathOf(id: string): string {
    return join(this.#folderOf(id), id)
  }
}

class DiskWriter implements BlobWriter {
  readonly #file: Descriptor
  readonly #temporary: string
  readonly #path: string
  readonly #folder: string

  constructor(file: Descriptor, temporary: string, path: string, folder: string) {
    this.#file = file
    this.#temporary = temporary
    this.#path = path
    this.#folder = folder
  }

  async write(parts: readonly Uint8Array[]): Promise<void> {
    try {
      await this.#file.write(parts)
    } catch (cause) {
      throw asFailure(cause, 'cannot write a stored body')
    }
  }

  async publish(): Promise<void> {
    try {
      await this.#file.flush()
      await this.#file.close()
      await this.#rename()
      await syncFolder(this.#folder)
    } catch (cause) {
      throw asFailure(cause, 'cannot flush a stored body')
    }
  }

  async abort(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    await rm(this.#temporary, { force: true }).catch(() => undefined)
  }

  /** The folder of an id is made when the first one with its two digits comes. */
  async #rename(): Promise<void> {
    try {
      await rename(this.#temporary, this.#path)
    } catch (cause) {
      if (!isCode(cause, 'ENOENT')) throw cause
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      await syncFolder(dirname(this.#folder))
      await rename(this.#temporary, this.#path)
    }
  }
}

class DiskReader implements BlobReader {
  readonly #file: Descriptor

  constructor(file: Descriptor) {
    this.#file = file
  }

  async size(): Promise<number> {
    try {
      return await this.#file.size()
    } catch (cause) {
      throw asFailure(cause, 'cannot read a stored body')
    }
  }

  async read(offset: number, length: number, target?: Uint8Array): Promise<Uint8Array> {
    const room = target === undefined ? Buffer.allocUnsafeSlow(length) : target.subarray(0, length)
    try {
      return room.subarray(0, await this.#file.read(room, offset))
    } catch (cause) {
      throw asFailure(cause, 'cannot read a stored body')
    }
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => undefined)
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Ids are the only part of a path that varies; nothing else may get into it. */
function requireId(id: string): string {
  if (!ID.test(id)) throw new HomeserverError('storage-failed', 'a blob id has 32 hex digits')
  return id
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function asFailure(cause: unknown, message: string): HomeserverError {
  if (cause instanceof HomeserverError) return cause
  const isFull = isCode(cause, 'ENOSPC') || isCode(cause, 'EDQUOT')
  return new HomeserverError(isFull ? 'disk-full' : 'storage-failed', isFull ? 'the disk is full' : message, { cause })
}
