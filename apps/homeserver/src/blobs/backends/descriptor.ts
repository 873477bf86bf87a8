import { close, fdatasync, fstat, open, read, writev } from 'node:fs'

/**
 * An open file by its bare descriptor. On the paths of large bodies this costs much less than the promise-based file
 * handles of `node:fs/promises`.
 */
export class Descriptor {
  readonly #fd: number
  #closing: Promise<void> | undefined

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** @param flags as for `fs.open`, such as `r` and `wx` */
  static open(path: string, flags: string, mode?: number): Promise<Descriptor> {
    return new Promise((resolve, reject) => {
      open(path, flags, mode, (error, fd) => (error === null ? resolve(new Descriptor(fd)) : reject(error)))
    })
  }

  /** Fills `target` from `position`; answers how many bytes there were, fewer only at the end of the file. */
  async read(target: Uint8Array, position: number): Promise<number> {
    let filled = 0
    while (filled < target.length) {
      const count = await this.#readOnce(target, filled, position + filled)
      if (count === 0) break
      filled += count
    }
    return filled
  }

  /** Appends the parts. */
  async write(parts: readonly Uint8Array[]): Promise<void> {
    let left = parts.filter((part) => part.length > 0)
    while (left.length > 0) left = behind(left, await this.#writeOnce(left))
  }

  /** Flushes content and size to the disk. */
  flush(): Promise<void> {
    return settle((done) => fdatasync(this.#fd, done))
  }

  size(): Promise<number> {
    return new Promise((resolve, reject) => {
      fstat(this.#fd, (error, status) => (error === null ? resolve(status.size) : reject(error)))
    })
  }

  /** Closing twice is fine. */
  close(): Promise<void> {
    this.#closing ??= settle((done) => close(this.#fd, done))
    return this.#closing
  }

  #readOnce(target: Uint8Array, offset: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#fd, target, offset, target.length - offset, position, (error, count) =>
        error === null ? resolve(count) : reject(error),
      )
    })
  }

  #writeOnce(parts: Uint8Array[]): Promise<number> {
    return new Promise((resolve, reject) => {
      writev(this.#fd, parts, (error, count) => (error === null ? resolve(count) : reject(error)))
    })
  }
}

function settle(start: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === null ? resolve() : reject(error)))
  })
}

/** What is left of the parts after their first `count` bytes. */
function behind(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let skipped = count
  const left: Uint8Array[] = []
  for (const part of parts) {
    if (skipped < part.length) left.push(part.subarray(skipped))
    skipped = Math.max(0, skipped - part.length)
  }
  return left
}
