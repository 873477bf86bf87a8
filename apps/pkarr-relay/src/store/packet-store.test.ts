import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Keypair } from '@pubky/crypto'
import { type DnsRecord, type SignedPacket, signPacket } from '@pubky/pkarr'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PacketFile } from './packet-file.ts'
import { PacketStore } from './packet-store.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pkarr-relay-store-'))
})
afterEach(() => rm(folder, { recursive: true }))

const keypairs = Array.from({ length: 8 }, (_, index) => Keypair.fromSecret(new Uint8Array(32).fill(index)))
const packet = (index: number, timestamp = 5n) =>
  signPacket({ keypair: keypairs[index]!, records: [] satisfies DnsRecord[], timestamp }).withLastSeen(9n)
const errors: unknown[] = []
const open = (capacity: number) =>
  new PacketStore({ file: PacketFile.open(folder, capacity), capacity, onWriteError: (error) => errors.push(error) })

describe('the file', () => {
  it('gives back what was put, after a restart too', () => {
    {
      using store = open(10)
      store.put(packet(1))
      expect(store.get(packet(1).publicKey)?.isSameAs(packet(1))).toBe(true)
      expect(store.size).toBe(1)
    }
    using store = open(10)
    const found = store.get(packet(1).publicKey)
    expect([found?.isSameAs(packet(1)), found?.lastSeen]).toEqual([true, 9n])
    expect(store.get(packet(2).publicKey)).toBeUndefined()
  })

  it('keeps the more recent packet, and of equal ones the one seen later', () => {
    using store = open(10)
    const key = packet(1).publicKey
    store.put(packet(1, 5n))
    store.put(packet(1, 4n))
    expect(store.get(key)?.timestamp).toBe(5n)
    store.put(packet(1, 5n).withLastSeen(10n))
    store.put(packet(1, 5n).withLastSeen(8n))
    expect(store.get(key)?.lastSeen).toBe(10n)
    store.put(packet(1, 6n))
    expect(store.get(key)?.timestamp).toBe(6n)
    expect(store.size).toBe(1)
  })

  it('makes room for new packets by dropping those used least, and only then', () => {
    const file = PacketFile.open(folder, 3)
    const write = (now: number, packets: readonly SignedPacket[], touched: readonly SignedPacket[] = []) =>
      file.write({ packets, touched: touched.map(({ publicKey }) => publicKey), now })
    const held = () => [1, 2, 3, 4].filter((index) => file.get(packet(index).publicKey) !== undefined)
    write(1, [packet(1)])
    write(2, [packet(2)])
    write(3, [packet(3)])
    // An overwrite needs no room.
    write(4, [packet(3, 6n)])
    expect(held()).toEqual([1, 2, 3])
    write(5, [], [packet(1)])
    write(6, [packet(4)])
    expect(held()).toEqual([1, 3, 4])
    expect(file.count).toBe(3)
    file.close()
  })

  it('that is damaged is put aside', async () => {
    await writeFile(
      join(folder, 'packets.sqlite'),
      'this is no database, and long enough to be taken for one'.repeat(20),
    )
    using store = open(10)
    expect(store.size).toBe(0)
    expect((await readdir(folder)).filter((name) => name.endsWith('.damaged'))).toEqual(['packets.sqlite.damaged'])
  })

  it('of another version starts anew', () => {
    const database = new Database(join(folder, 'packets.sqlite'))
    database.exec('CREATE TABLE packets (other TEXT); PRAGMA user_version = 99')
    database.close()
    using store = open(10)
    store.put(packet(1))
    expect(store.size).toBe(1)
  })

  it('that another relay has open is refused', () => {
    using _ = open(10)
    expect(() => PacketFile.open(folder, 10)).toThrow(/cache\.path: cannot use .*another program has it open/)
  })

  it('drops a packet that cannot be read', () => {
    {
      using store = open(10)
      store.put(packet(1))
    }
    const database = new Database(join(folder, 'packets.sqlite'))
    database.prepare('UPDATE packets SET stored = ?').run(Buffer.alloc(50))
    database.close()
    using store = open(10)
    expect(store.get(packet(1).publicKey)).toBeUndefined()
    expect(store.size).toBe(0)
  })
})

describe('memory', () => {
  it('serves packets that are not written yet, and goes on when writing fails', () => {
    const file = PacketFile.open(folder, 10)
    const store = new PacketStore({ file, capacity: 10, onWriteError: (error) => errors.push(error) })
    store.put(packet(1))
    expect(store.get(packet(1).publicKey)).toBeDefined()
    file.close()
    errors.length = 0
    expect(store.size).toBe(0)
    expect(errors).toHaveLength(1)
    expect(store.get(packet(1).publicKey)).toBeDefined()
    store[Symbol.dispose]()
  })

  it('alone holds as many packets as told', () => {
    const store = new PacketStore({ file: undefined, capacity: 2, onWriteError: () => {} })
    for (const index of [1, 2, 3]) store.put(packet(index))
    expect([store.size, store.get(packet(1).publicKey), store.get(packet(3).publicKey)?.timestamp]).toEqual([
      2,
      undefined,
      5n,
    ])
  })

  it('of a cache without capacity holds nothing', () => {
    const store = new PacketStore({ file: undefined, capacity: 0, onWriteError: () => {} })
    store.put(packet(1))
    expect([store.size, store.get(packet(1).publicKey)]).toEqual([0, undefined])
  })
})
