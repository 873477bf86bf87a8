import { hkdfSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HomeserverError } from '../error.ts'
import { deriveBlobKey } from './blob-key.ts'
import type { DataKey } from './data-key.ts'
import { CHUNK_BYTES, chunkOffset, sealedSize } from './sealed-format.ts'
import { Opener, openWhole, sealWhole } from './sealing.ts'

const key: DataKey = { generation: 1, bytes: randomBytes(32), user: randomBytes(32) }
const LENGTHS = [0, 1, 1_000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 200_000]

test('the key of a body is HKDF-SHA-256 of RFC 5869', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      (dataKey, salt, user, blobId) => {
        const info = Buffer.concat([Buffer.from('blob/v1'), user, blobId])
        expect(deriveBlobKey(dataKey, salt, user, blobId).export().toString('hex')).toBe(
          Buffer.from(hkdfSync('sha256', dataKey, salt, info, 32)).toString('hex'),
        )
      },
    ),
  )
})

test('stored sizes of spec 03 §16.4', () => {
  expect(sealedSize(0, 65_536)).toBe(80)
  expect(sealedSize(65_536, 65_536)).toBe(65_616)
  expect(sealedSize(65_537, 65_536)).toBe(65_633)
  // Bytes 65,530…65,540 of 200,000 lie in chunks 0 and 1.
  expect(chunkOffset(0, 65_536)).toBe(64)
  expect(chunkOffset(2, 65_536) - 1).toBe(131_167)
})

describe('a sealed body', () => {
  test.each(LENGTHS)('of %d bytes opens to what was sealed and shows nothing of it', (length) => {
    const body = randomBytes(length)
    const { blobId, stored } = sealWhole(key, body)
    expect(stored).toHaveLength(sealedSize(length, CHUNK_BYTES))
    expect(openWhole(key, stored, blobId, length).equals(body)).toBe(true)
    if (length >= 16) expect(stored.includes(body.subarray(0, 16))).toBe(false)
  })

  test('differs each time', () => {
    const body = Buffer.from('the same')
    const one = sealWhole(key, body)
    const two = sealWhole(key, body)
    expect(one.blobId).not.toBe(two.blobId)
    expect(one.stored.equals(two.stored)).toBe(false)
  })

  test('does not open after any flipped bit, cut or addition', () => {
    const body = randomBytes(CHUNK_BYTES + 100)
    const { blobId, stored } = sealWhole(key, body)
    fc.assert(
      fc.property(fc.nat(stored.length * 8 - 1), (bit) => {
        const damaged = Buffer.from(stored)
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(() => openWhole(key, damaged, blobId, body.length)).toThrow(HomeserverError)
      }),
      { numRuns: 100 },
    )
    for (let bit = 0; bit < 64 * 8; bit += 1) {
      const damaged = Buffer.from(stored)
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => openWhole(key, damaged, blobId, body.length)).toThrow(HomeserverError)
    }
    fc.assert(
      fc.property(fc.nat(stored.length - 1), (length) => {
        expect(() => openWhole(key, stored.subarray(0, length), blobId, body.length)).toThrow(HomeserverError)
      }),
    )
    expect(() => openWhole(key, Buffer.concat([stored, Buffer.alloc(1)]), blobId, body.length)).toThrow(HomeserverError)
  })

  test('does not open as another body, for another user, key, generation or length', () => {
    const body = randomBytes(3 * CHUNK_BYTES)
    const { blobId, stored } = sealWhole(key, body)
    const refusals: [DataKey, string, number][] = [
      [key, '0'.repeat(32), body.length],
      [{ ...key, user: randomBytes(32) }, blobId, body.length],
      [{ ...key, bytes: randomBytes(32) }, blobId, body.length],
      [{ ...key, generation: 2 }, blobId, body.length],
      [key, blobId, body.length - 1],
      [key, blobId, 2 * CHUNK_BYTES],
    ]
    for (const [other, id, length] of refusals) {
      expect(() => openWhole(other, stored, id, length)).toThrow(HomeserverError)
    }
  })

  test('chunks cannot be exchanged, repeated or ended early', () => {
    const { blobId, stored } = sealWhole(key, randomBytes(3 * CHUNK_BYTES))
    const opener = new Opener(key, stored, blobId)
    const chunk = (index: number) =>
      stored.subarray(chunkOffset(index, CHUNK_BYTES), chunkOffset(index + 1, CHUNK_BYTES))
    expect(opener.open(chunk(1), 1, false)).toHaveLength(CHUNK_BYTES)
    expect(() => opener.open(chunk(1), 0, false)).toThrow('chunk 0 does not verify')
    expect(() => opener.open(chunk(1), 1, true)).toThrow('chunk 1 does not verify')
    expect(() => opener.open(chunk(2), 2, false)).toThrow('chunk 2 does not verify')
    expect(opener.open(chunk(2), 2, true)).toHaveLength(CHUNK_BYTES)
  })
})
