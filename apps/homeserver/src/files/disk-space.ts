import { statfsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { HomeserverError } from '../error.ts'

/** How old a measurement may be, in milliseconds. */
const MAX_AGE_MS = 500

/**
 * Refuses writes while the disk is nearly full, so that there is always room to read, delete and sign in
 * (spec 03 §9.5, reliability D5). Measured in the background: nobody waits for it.
 */
export class DiskSpace {
  readonly #folder: string | undefined
  readonly #lowWaterBytes: number
  #freeBytes = Number.POSITIVE_INFINITY
  #measuredAt = 0
  #isMeasuring: boolean = false

  /** @param folder undefined = there is no disk to fill */
  constructor(folder: string | undefined, lowWaterBytes: number) {
    this.#folder = folder
    this.#lowWaterBytes = lowWaterBytes
    if (folder === undefined) return
    const { bavail, bsize } = statfsSync(folder)
    this.#freeBytes = bavail * bsize
    this.#measuredAt = performance.now()
  }

  /**
   * Passes if `bytes` more leave enough free; what passes counts as written until the next measurement.
   * @throws HomeserverError `disk-full`
   */
  claim(bytes: number): void {
    if (this.#folder === undefined) return
    if (performance.now() - this.#measuredAt > MAX_AGE_MS) this.#measure(this.#folder)
    if (this.#freeBytes - bytes < this.#lowWaterBytes) {
      throw new HomeserverError('disk-full', 'Disk space quota exceeded')
    }
    this.#freeBytes -= bytes
  }

  #measure(folder: string): void {
    if (this.#isMeasuring) return
    this.#isMeasuring = true
    statfs(folder)
      .then(({ bavail, bsize }) => {
        this.#freeBytes = bavail * bsize
      })
      .catch(() => undefined)
      .finally(() => {
        this.#measuredAt = performance.now()
        this.#isMeasuring = false
      })
  }
}
