import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { PublicKey } from '@pubky/crypto'
import { PkarrError, packetFromStored, type SignedPacket, storedPacket } from '@pubky/pkarr'
import { ServerKitError } from '@pubky/server-kit'
import Database from 'better-sqlite3'

const FILE_NAME = 'packets.sqlite'
/** Version of the tables; a file of another version is only a cache and starts anew. */
const SCHEMA_VERSION = 1
const SCHEMA = `
  DROP TABLE IF EXISTS packets;
  CREATE TABLE packets (key BLOB PRIMARY KEY, stored BLOB NOT NULL, touched INTEGER NOT NULL) STRICT;
  CREATE INDEX packets_by_touch ON packets (touched);
  PRAGMA user_version = ${SCHEMA_VERSION};
`
/** SQLite's words for "this file is not what I wrote". */
const DAMAGED: readonly unknown[] = ['SQLITE_NOTADB', 'SQLITE_CORRUPT']

/** What changed since the last write: packets to keep, and keys that were only read. */
export interface PacketChanges {
  readonly packets: Iterable<SignedPacket>
  readonly touched: Iterable<PublicKey>
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Packets in a SQLite file, the ones used least giving way when it holds more than its capacity. */
export class PacketFile {
  readonly #database: Database.Database
  readonly #capacity: number
  readonly #select: Database.Statement<[Uint8Array], Buffer>
  readonly #insert: Database.Statement<[Uint8Array, Uint8Array, number]>
  readonly #update: Database.Statement<[Uint8Array, number, Uint8Array]>
  readonly #touch: Database.Statement<[number, Uint8Array]>
  readonly #delete: Database.Statement<[Uint8Array]>
  readonly #evict: Database.Statement<[number]>
  #count: number

  private constructor(database: Database.Database, capacity: number) {
    this.#database = database
    this.#capacity = capacity
    this.#select = database.prepare<[Uint8Array], Buffer>('SELECT stored FROM packets WHERE key = ?').pluck()
    this.#insert = database.prepare('INSERT INTO packets (key, stored, touched) VALUES (?, ?, ?)')
    this.#update = database.prepare('UPDATE packets SET stored = ?, touched = ? WHERE key = ?')
    this.#touch = database.prepare('UPDATE packets SET touched = ? WHERE key = ?')
    this.#delete = database.prepare('DELETE FROM packets WHERE key = ?')
    this.#evict = database.prepare(
      'DELETE FROM packets WHERE key IN (SELECT key FROM packets ORDER BY touched LIMIT ?)',
    )
    this.#count = Number(database.prepare('SELECT count(*) FROM packets').pluck().get())
  }

  /**
   * Opens the file in a folder, which is made if it is missing. A damaged file is put aside.
   * @throws {ServerKitError} `config` when it cannot be opened, for example because another relay has it open
   */
  static open(folder: string, capacity: number): PacketFile {
    const file = join(folder, FILE_NAME)
    try {
      mkdirSync(folder, { recursive: true })
      return PacketFile.#openDatabase(file, capacity)
    } catch (error) {
      if (DAMAGED.includes(codeOf(error)) && existsSync(file)) {
        renameSync(file, `${file}.damaged`)
        return PacketFile.#openDatabase(file, capacity)
      }
      const reason = codeOf(error) === 'SQLITE_BUSY' ? 'another program has it open' : String(error)
      throw new ServerKitError('config', `cache.path: cannot use ${file}: ${reason}`, { cause: error })
    }
  }

  static #openDatabase(file: string, capacity: number): PacketFile {
    const database = new Database(file, { timeout: 0 })
    try {
      database.pragma('locking_mode = EXCLUSIVE')
      database.pragma('journal_mode = WAL')
      // What a power cut takes is still in the DHT; waiting for the disk would hold up every request.
      database.pragma('synchronous = NORMAL')
      if (database.pragma('user_version', { simple: true }) !== SCHEMA_VERSION) database.exec(SCHEMA)
      return new PacketFile(database, capacity)
    } catch (error) {
      database.close()
      throw error
    }
  }

  /** Packets in the file. */
  get count(): number {
    return this.#count
  }

  /** Reads a packet; one that cannot be read is removed. */
  get(key: PublicKey): SignedPacket | undefined {
    const stored = this.#select.get(key.bytes)
    if (stored === undefined) return undefined
    try {
      return packetFromStored(stored)
    } catch (error) {
      if (!(error instanceof PkarrError)) throw error
      this.#count -= this.#delete.run(key.bytes).changes
      return undefined
    }
  }

  /** Writes changes in one transaction and makes room. */
  write(changes: PacketChanges): void {
    const { packets, touched, now } = changes
    const countBefore = this.#count
    try {
      this.#database.transaction(() => {
        for (const key of touched) this.#touch.run(now, key.bytes)
        for (const packet of packets) this.#upsert(packet, now)
        const surplus = this.#count - this.#capacity
        if (surplus > 0) this.#count -= this.#evict.run(surplus).changes
      })()
    } catch (error) {
      this.#count = countBefore
      throw error
    }
  }

  close(): void {
    this.#database.close()
  }

  #upsert(packet: SignedPacket, now: number): void {
    const { bytes } = packet.publicKey
    const stored = storedPacket(packet)
    if (this.#update.run(stored, now, bytes).changes > 0) return
    this.#insert.run(bytes, stored, now)
    this.#count += 1
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
