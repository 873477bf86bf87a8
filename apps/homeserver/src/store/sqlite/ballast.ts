import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Size of the file kept to be given up. */
const BALLAST_BYTES = 16 * 1_048_576
/** The file is laid down again only when this much would still be free beside it. */
const SPARE_BYTES = 4 * BALLAST_BYTES
/** Below this the disk counts as nearly full. */
const TIGHT_BYTES = 256 * 1_048_576
const CHUNK = new Uint8Array(1_048_576)

/**
 * A file that only takes up room, to be given up when the disk is full: deleting rows needs room too, in the log, and
 * a full disk must not forbid what would empty it.
 */
export class Ballast {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Lays the ballast down if it is missing and the disk has room to spare. Never fails: it is a precaution only. */
  restore(): void {
    try {
      if (statSync(this.#path, { throwIfNoEntry: false })?.size === BALLAST_BYTES) return
      if (this.#freeBytes() < BALLAST_BYTES + SPARE_BYTES) return
      const file = openSync(this.#path, 'w', 0o600)
      try {
        for (let written = 0; written < BALLAST_BYTES; written += CHUNK.length) writeSync(file, CHUNK)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
    } catch {
      this.release()
    }
  }

  /** Whether the disk is nearly full. */
  get isTight(): boolean {
    return this.#freeBytes() < TIGHT_BYTES
  }

  #freeBytes(): number {
    const { bavail, bsize } = statfsSync(dirname(this.#path))
    return bavail * bsize
  }

  /** Gives the room back. Answers whether there was any. */
  release(): boolean {
    try {
      rmSync(this.#path)
      return true
    } catch {
      return false
    }
  }
}
