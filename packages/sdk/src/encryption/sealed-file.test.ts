import { concatBytes } from '@pubky/crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PubkyError } from '../errors/pubky-error.ts'
import type { FileIdentity } from './file-identity.ts'
import { openFile, sealFile } from './sealed-file.ts'
import { CHUNK_BYTES, openStream, sealedStreamLength, sealStream } from './sealed-stream.ts'

const KEY = new Uint8Array(32).fill(3)
const FILE: FileIdentity = {
  owner: '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo',
  path: '/pub/notes.example/a.txt',
}
/** Lengths around the borders of chunks. */
const LENGTHS = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 5]

function sample(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7) & 255)
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return concatBytes(...pieces)
}

function pieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let offset = 0
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(offset, offset + size))
      offset += size
    },
  })
}

async function sealedStream(length: number): Promise<Uint8Array> {
  return await collect(pieces(sample(length), 10_000).pipeThrough(sealStream(KEY, FILE)))
}

/** The `data.code` of what opening throws. */
function failure(sealed: Uint8Array, key = KEY, file = FILE): unknown {
  try {
    openFile(key, file, sealed)
  } catch (error) {
    expect(error).toBeInstanceOf(PubkyError)
    return error instanceof PubkyError && typeof error.data === 'object' ? error.data : undefined
  }
  return 'opened'
}

describe('files in one piece', () => {
  it('open to what was sealed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(openFile(KEY, FILE, sealFile(KEY, FILE, bytes))).toEqual(bytes)
      }),
    )
  })

  it('are sealed anew each time', () => {
    expect(sealFile(KEY, FILE, sample(10))).not.toEqual(sealFile(KEY, FILE, sample(10)))
  })

  it('do not open elsewhere or with another key', () => {
    const sealed = sealFile(KEY, FILE, sample(10))
    const moved = { code: 'wrong-key-or-moved' }
    expect(failure(sealed, new Uint8Array(32))).toEqual(moved)
    expect(failure(sealed, KEY, { ...FILE, path: '/pub/notes.example/b.txt' })).toEqual(moved)
    expect(failure(sealed, KEY, { ...FILE, owner: FILE.owner.replace('8', 'y') })).toEqual(moved)
  })

  it('say what is wrong with them', () => {
    expect(failure(new Uint8Array(0))).toEqual({ code: 'truncated' })
    expect(failure(Uint8Array.of(9, 1, 2))).toEqual({ code: 'unsupported-version' })
    expect(failure(Uint8Array.of(1, 2, 3))).toEqual({ code: 'truncated' })
    expect(failure(Uint8Array.of(2, 2, 3))).toEqual({ code: 'truncated' })
  })
})

describe('files in chunks', () => {
  for (const length of LENGTHS) {
    it(`of ${length} bytes open to what was sealed, streaming and whole, and have the length foretold`, async () => {
      const sealed = await sealedStream(length)
      expect(sealed).toHaveLength(sealedStreamLength(length))
      expect(openFile(KEY, FILE, sealed)).toEqual(sample(length))
      for (const size of [1000, 33, CHUNK_BYTES + 16, sealed.length]) {
        expect(await collect(pieces(sealed, size).pipeThrough(openStream(KEY, FILE)))).toEqual(sample(length))
      }
    })
  }

  it('that end early fail, wherever that is', async () => {
    const sealed = await sealedStream(2 * CHUNK_BYTES + 5)
    for (const end of [10, 33, 40, 33 + CHUNK_BYTES + 16, 33 + 2 * (CHUNK_BYTES + 16), sealed.length - 1]) {
      await expect(
        collect(pieces(sealed.slice(0, end), 4096).pipeThrough(openStream(KEY, FILE))),
      ).rejects.toMatchObject({
        name: 'AuthenticationError',
      })
    }
  })

  it('do not open with chunks swapped, repeated or dropped', async () => {
    const sealed = await sealedStream(3 * CHUNK_BYTES)
    const at = (i: number) => sealed.slice(33 + i * (CHUNK_BYTES + 16), 33 + (i + 1) * (CHUNK_BYTES + 16))
    const header = sealed.slice(0, 33)
    for (const order of [
      [1, 0, 2],
      [0, 0, 2],
      [0, 2],
      [0, 1],
    ]) {
      expect(failure(concatBytes(header, ...order.map(at)))).toHaveProperty('code')
    }
  })
})

it('nothing that is not sealed opens, and only this package’s error comes out', () => {
  const sealed = sealFile(KEY, FILE, sample(100))
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const altered = sealed.slice()
      altered[at]! ^= change
      expect(failure(altered)).toHaveProperty('code')
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(failure(bytes)).toHaveProperty('code')
    }),
  )
})
