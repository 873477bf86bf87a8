import { statfsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import type { CoreLog } from '../core-log.ts'
import { HomeserverError } from '../error.ts'
import type { Store } from '../store/store.ts'

/** How old a measurement may be, in milliseconds. */
const MAX_AGE_MS = 500

/**
 * Refuses writes while the disk is nearly full, so that there is always room to read, delete and sign in
 * (spec 03 §9.5, reliability D5). Measured in the background: nobody waits for it.
 */
export class DiskSpace {
  readonly #folder: string | undefined
  readonly #store: Store
  readonly #log: CoreLog
  readonly #lowWaterBytes: number
  #freeBytes = Number.POSITIVE_INFINITY
  /** Room inside the database, which gives nothing back to the disk when rows are deleted. */
  #reusableBytes = 0
  #measuredAt = 0
  #isMeasuring: boolean = false
  #isLow: boolean = false

  /** @param folder undefined = there is no disk to fill */
  constructor(
    components: { readonly store: Store; readonly log: CoreLog },
    folder: string | undefined,
    lowWaterBytes: number,
  ) {
    this.#store = components.store
    this.#log = components.log
    this.#folder = folder
    this.#lowWaterBytes = lowWaterBytes
    if (folder === undefined) return
    const { bavail, bsize } = statfsSync(folder)
    this.#found(bavail * bsize)
    this.#measuredAt = Number.NEGATIVE_INFINITY
  }

  /**
   * Passes if a body of `bytes` leaves enough free; with `take` it counts as written until the next measurement.
   * @param place inline bodies may use what the database has left over, blobs take from the disk
   * @throws HomeserverError `disk-full`
   */
  require(place: 'inline' | 'blob', bytes: number, take: boolean): void {
    // A shared database is not on this disk, and says itself when it is full.
    if (this.#folder === undefined || (place === 'inline' && this.#store.isShared)) return
    if (performance.now() - this.#measuredAt > MAX_AGE_MS) this.#measure(this.#folder)
    const free = this.#freeBytes - this.#lowWaterBytes
    if (place === 'inline' && this.#reusableBytes > bytes && free < bytes) {
      if (take) this.#reusableBytes -= bytes
      return
    }
    if (free < bytes) throw new HomeserverError('disk-full', 'Disk space quota exceeded')
    if (take) this.#freeBytes -= bytes
  }

  /** Clients cannot tell a full disk from a full quota, so the operator is told, when it begins and when it is over. */
  #found(freeBytes: number): void {
    this.#freeBytes = freeBytes
    const isLow = freeBytes <= this.#lowWaterBytes
    if (isLow === this.#isLow) return
    this.#isLow = isLow
    if (isLow) this.#log.error({ freeBytes }, 'the disk is nearly full: writes are refused with 507')
    else this.#log.info({ freeBytes }, 'the disk has room again')
  }

  #measure(folder: string): void {
    if (this.#isMeasuring) return
    this.#isMeasuring = true
    Promise.all([statfs(folder), this.#store.reusableBytes()])
      .then(([{ bavail, bsize }, reusableBytes]) => {
        this.#found(bavail * bsize)
        this.#reusableBytes = reusableBytes
      })
      .catch(() => undefined)
      .finally(() => {
        this.#measuredAt = performance.now()
        this.#isMeasuring = false
      })
  }
}
