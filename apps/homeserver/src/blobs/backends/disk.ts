import { type FileHandle, mkdir, open, opendir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HomeserverError } from '../../error.ts'
import type { BlobBackend, BlobReader, BlobWriter, StoredBlob } from '../blobs.ts'
import { corrupt } from '../sealed-format.ts'

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
      return new DiskWriter(await open(temporary, 'wx', 0o600), temporary, this.#pathOf(id), this.#folderOf(id))
    } catch (cause) {
      throw asFailure(cause, 'cannot start a stored body')
    }
  }

  async open(id: string): Promise<BlobReader | undefined> {
    let file: FileHandle
    try {
      file = await open(this.#pathOf(id), 'r')
    } catch (cause) {
      if (isCode(cause, 'ENOENT')) return undefined
      throw asFailure(cause, 'cannot open a stored body')
    }
    try {
      return new DiskReader(file, (await file.stat()).size)
    } catch (cause) {
      await file.close()
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

  async clearUnfinished(): Promise<void> {
    const folder = join(this.#root, 'tmp')
    for (const name of await readdir(folder)) await rm(join(folder, name), { force: true, recursive: true })
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
  readonly #file: FileHandle
  readonly #temporary: string
  readonly #path: string
  readonly #folder: string
  #isOpen: boolean = true

  constructor(file: FileHandle, temporary: string, path: string, folder: string) {
    this.#file = file
    this.#temporary = temporary
    this.#path = path
    this.#folder = folder
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      for (let offset = 0; offset < chunk.length; ) {
        const { bytesWritten } = await this.#file.write(chunk, offset)
        offset += bytesWritten
      }
    } catch (cause) {
      throw asFailure(cause, 'cannot write a stored body')
    }
  }

  async publish(): Promise<void> {
    try {
      await this.#file.datasync()
      await this.#close()
      await this.#rename()
      await syncFolder(this.#folder)
    } catch (cause) {
      throw asFailure(cause, 'cannot flush a stored body')
    }
  }

  async abort(): Promise<void> {
    await this.#close()
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

  async #close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#file.close()
  }
}

class DiskReader implements BlobReader {
  readonly size: number
  readonly #file: FileHandle
  #closing: Promise<void> | undefined

  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(length)
    try {
      for (let filled = 0; filled < length; ) {
        const { bytesRead } = await this.#file.read(bytes, filled, length - filled, offset + filled)
        if (bytesRead === 0) throw corrupt('it is shorter than its entry says')
        filled += bytesRead
      }
    } catch (cause) {
      throw asFailure(cause, 'cannot read a stored body')
    }
    return bytes
  }

  close(): Promise<void> {
    this.#closing ??= this.#file.close()
    return this.#closing
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
