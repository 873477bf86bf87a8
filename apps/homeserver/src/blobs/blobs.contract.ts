/** What every blob back end must do. Run by each back end's own test file. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BlobBackend } from './blobs.ts'

const ONE = '01'.repeat(16)
const TWO = 'fe'.repeat(16)
const signal = new AbortController().signal

export function blobsContract(
  name: string,
  open: () => Promise<{
    readonly backend: BlobBackend
    /** The same objects through a new instance; undefined when nothing is kept. */
    readonly reopen: (() => Promise<BlobBackend>) | undefined
    readonly remove: () => Promise<void>
  }>,
): void {
  describe(`blobs contract: ${name}`, () => {
    let under: Awaited<ReturnType<typeof open>>
    let backend: BlobBackend

    beforeEach(async () => {
      under = await open()
      backend = under.backend
    })
    afterEach(async () => {
      await backend[Symbol.asyncDispose]()
      await under.remove()
    })

    async function put(id: string, ...chunks: Uint8Array[]): Promise<void> {
      const writer = await backend.create(id, signal)
      await writer.write(chunks)
      await writer.write([])
      await writer.publish()
      await writer.abort()
    }

    async function get(id: string): Promise<string | undefined> {
      const reader = await backend.open(id, signal)
      if (reader === undefined) return undefined
      try {
        return Buffer.from(await reader.read(0, await reader.size())).toString('hex')
      } finally {
        await reader.close()
        await reader.close()
      }
    }

    const ids = async () => {
      const found: string[] = []
      for await (const { id, modifiedAtMs } of backend.list()) {
        expect(Math.abs(Date.now() - modifiedAtMs)).toBeLessThan(3_600_000)
        found.push(id)
      }
      return found.toSorted()
    }

    test("what was read is the reader's own: changing or freeing it changes no object", async () => {
      const bytes = new Uint8Array(70_000).fill(7)
      await put(ONE, bytes)
      const reader = await backend.open(ONE, signal)
      if (reader === undefined) throw new Error('it was published')
      const room = new Uint8Array(70_000)
      for (const read of [await reader.read(0, 70_000), await reader.read(0, 70_000, room)]) {
        expect(Buffer.compare(read, bytes)).toBe(0)
        read.fill(0)
        if (read.buffer instanceof ArrayBuffer) read.buffer.transfer(0)
      }
      await reader.close()
      expect(await get(ONE)).toBe(Buffer.from(bytes).toString('hex'))
    })

    test('what was published is read back, whole and in part', async () => {
      await put(ONE, new Uint8Array([1, 2]), new Uint8Array(), new Uint8Array([3, 4, 5]))
      await put(TWO)
      expect(await get(ONE)).toBe('0102030405')
      expect(await get(TWO)).toBe('')
      const reader = await backend.open(ONE, signal)
      expect(Buffer.from((await reader?.read(1, 3)) ?? []).toString('hex')).toBe('020304')
      expect(Buffer.from((await reader?.read(3, 3)) ?? []).toString('hex')).toBe('0405')
      expect(await reader?.read(5, 3)).toHaveLength(0)
      expect(await reader?.read(9, 3)).toHaveLength(0)
      const target = Buffer.alloc(10)
      expect(Buffer.from((await reader?.read(1, 2, target)) ?? []).toString('hex')).toBe('0203')
      await reader?.close()
      expect(await ids()).toEqual([ONE, TWO].toSorted())
    })

    test('nothing is visible before publishing, nothing is left after aborting', async () => {
      const writer = await backend.create(ONE, signal)
      await writer.write([new Uint8Array(100_000)])
      expect(await get(ONE)).toBeUndefined()
      expect(await ids()).toEqual([])
      await writer.abort()
      await writer.abort()
      expect(await get(ONE)).toBeUndefined()
    })

    test('an open object stays readable after its removal; removing twice is fine', async () => {
      await put(ONE, new Uint8Array([7, 8]))
      const reader = await backend.open(ONE, signal)
      await backend.remove(ONE)
      await backend.remove(ONE)
      expect(await get(ONE)).toBeUndefined()
      expect(Buffer.from((await reader?.read(0, 2)) ?? []).toString('hex')).toBe('0708')
      await reader?.close()
      expect(await ids()).toEqual([])
    })

    test('many uploads at once do not mix', async () => {
      const made = Array.from({ length: 20 }, (_, index) => index.toString(16).padStart(32, '0'))
      await Promise.all(
        made.map((id, index) => put(id, new Uint8Array(70_000).fill(index), new Uint8Array(70_000).fill(index))),
      )
      for (const [index, id] of made.entries()) {
        expect(await get(id)).toBe(Buffer.alloc(140_000, index).toString('hex'))
      }
    })

    test('a new instance has the objects and clears what was left unfinished', async () => {
      if (under.reopen === undefined) return
      await put(ONE, new Uint8Array([1]))
      const unfinished = await backend.create(TWO, signal)
      await unfinished.write([new Uint8Array([2])])
      backend = await under.reopen()
      await backend.clearUnfinished(Date.now() - 60_000)
      await unfinished.write([new Uint8Array([3])])
      await backend.clearUnfinished(Number.POSITIVE_INFINITY)
      expect(await get(ONE)).toBe('01')
      expect(await get(TWO)).toBeUndefined()
      await unfinished.abort()
      const again = await backend.create(TWO, signal)
      await again.publish()
      expect(await get(TWO)).toBe('')
    })
  })
}
