import type { PublicKey } from '@pubky/crypto'
import { LruMap, type PacketCache, type SignedPacket } from '@pubky/pkarr'
import type { PacketFile } from './packet-file.ts'

/** Packets kept in memory besides the file: the keys that are asked for all the time, about 3 KiB each. */
const MEMORY_PACKETS = 10_000
/** Changes wait this long for others, so that a busy relay writes five times a second. */
const WRITE_DELAY_MS = 200
/** A packet that is read all the time is marked as used this often. */
const TOUCH_INTERVAL_MS = 60_000

interface Entry {
  readonly packet: SignedPacket
  touchedAt: number
}

/** What a {@link PacketStore} needs. */
export interface PacketStoreInit {
  /** Without one, packets live in memory only. */
  readonly file: PacketFile | undefined
  /** Packets kept in all; 0 for none. */
  readonly capacity: number
  /** A write failed; the packets stay in memory. */
  readonly onWriteError: (error: unknown) => void
}

/** The relay's cache: hot packets in memory in front of a file that is written a moment later (spec 04 §2.7). */
export class PacketStore implements PacketCache, Disposable {
  readonly capacity: number
  readonly #file: PacketFile | undefined
  readonly #onWriteError: (error: unknown) => void
  readonly #hot: LruMap<string, Entry>
  readonly #unwritten = new Map<string, SignedPacket>()
  readonly #touched = new Map<string, PublicKey>()
  #timer: NodeJS.Timeout | undefined

  constructor(init: PacketStoreInit) {
    this.capacity = init.capacity
    this.#file = init.capacity === 0 ? undefined : init.file
    this.#onWriteError = init.onWriteError
    this.#hot = new LruMap(this.#file === undefined ? init.capacity : Math.min(init.capacity, MEMORY_PACKETS))
  }

  /** Packets in the cache. */
  get size(): number {
    if (this.#file === undefined) return this.#hot.size
    this.#write()
    return this.#file.count
  }

  get(key: PublicKey): SignedPacket | undefined {
    const name = key.z32()
    const entry = this.#hot.get(name)
    if (entry !== undefined) {
      this.#touch(name, entry)
      return entry.packet
    }
    const packet = this.#unwritten.get(name) ?? this.#file?.get(key)
    if (packet === undefined) return undefined
    const found: Entry = { packet, touchedAt: 0 }
    this.#hot.set(name, found)
    this.#touch(name, found)
    return packet
  }

  put(packet: SignedPacket): void {
    const known = this.get(packet.publicKey)
    if (known !== undefined && !packet.supersedes(known)) return
    const name = packet.publicKey.z32()
    this.#hot.set(name, { packet, touchedAt: Date.now() })
    if (this.#file === undefined) return
    this.#unwritten.set(name, packet)
    this.#schedule()
  }

  /** Writes what is left and closes the file. */
  [Symbol.dispose](): void {
    this.#write()
    this.#file?.close()
  }

  #touch(name: string, entry: Entry): void {
    if (this.#file === undefined) return
    const now = Date.now()
    if (now - entry.touchedAt < TOUCH_INTERVAL_MS) return
    entry.touchedAt = now
    this.#touched.set(name, entry.packet.publicKey)
    this.#schedule()
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#write(), WRITE_DELAY_MS)
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#unwritten.size === 0 && this.#touched.size === 0) return
    const changes = { packets: [...this.#unwritten.values()], touched: [...this.#touched.values()], now: Date.now() }
    // Dropped even when the write fails: a full disk must not fill the memory too.
    this.#unwritten.clear()
    this.#touched.clear()
    try {
      this.#file?.write(changes)
    } catch (error) {
      this.#onWriteError(error)
    }
  }
}
