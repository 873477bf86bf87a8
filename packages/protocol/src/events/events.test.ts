import { Keypair } from '@pubky/crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noise, survives } from '../../../crypto/test/hostile.ts'
import { entryPath } from '../../test/arbitraries.ts'
import { ProtocolError } from '../errors.ts'
import { Resource } from '../storage/resource.ts'
import { parseCursor, parseLegacyCursor } from './cursor.ts'
import { decodeEvent, type EventRecord } from './event.ts'
import { formatFeed, parseFeed } from './feed.ts'
import { createSseDecoder, formatSseEvent, type SseMessage } from './sse.ts'

const owner = Keypair.fromSecret(new Uint8Array(32)).publicKey
const record: fc.Arbitrary<EventRecord> = fc
  .tuple(
    entryPath,
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    fc.boolean(),
  )
  .map(([path, cursor, contentHash, isPut]) => {
    const entryKey = new Resource(owner, path).entryKey()
    return isPut ? { type: 'PUT', entryKey, cursor, contentHash } : { type: 'DEL', entryKey, cursor }
  })

function decode(chunks: readonly Uint8Array[], limit?: number): SseMessage[] {
  const decoder = createSseDecoder(limit)
  return chunks.flatMap((chunk) => decoder.push(chunk))
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let offset = 0, i = 0; offset < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    chunks.push(bytes.subarray(offset, offset + size))
    offset += size
  }
  return chunks
}

const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 })

test('events survive the stream, whatever the pieces', () => {
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 5 }),
      sizes,
      fc.constantFrom('\n', '\r', '\r\n'),
      (records, pieces, end) => {
        const body = records.map(formatSseEvent).join(': keep-alive\n\n').replaceAll('\n', end)
        const events = decode(cut(new TextEncoder().encode(body), pieces)).map(({ type, data }) =>
          decodeEvent(type, data),
        )
        expect(
          events.map((event) => event && { ...event, resource: undefined, entryKey: event.resource.entryKey() }),
        ).toEqual(
          records.map((made) => ({
            ...made,
            ...(made.contentHash && { contentHash: new Uint8Array(made.contentHash) }),
          })),
        )
      },
    ),
  )
})

test('events survive the feed', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
      const { entries, cursor } = parseFeed(formatFeed(records))
      expect(entries.map(({ type, resource }) => `${type} ${resource.entryKey()}`)).toEqual(
        records.map(({ type, entryKey }) => `${type} ${entryKey}`),
      )
      expect(cursor).toBe(records.at(-1)?.cursor)
    }),
  )
})

test('pieces of a hostile stream change nothing but its cutting', () => {
  const lines = fc.array(
    fc.constantFrom('data', 'data:', 'data: x', ':c', 'event: PUT', 'id: 1', 'id', 'y', '', '\ufeff', 'é'),
  )
  fc.assert(
    fc.property(lines, fc.constantFrom('\n', '\r', '\r\n', '\n\r'), sizes, (parts, end, pieces) => {
      const bytes = new TextEncoder().encode(parts.join(end) + end)
      expect(decode(cut(bytes, pieces))).toEqual(decode([bytes]))
    }),
  )
})

test('hostile bytes give messages or a ProtocolError', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array(), { maxLength: 5 }), fc.nat({ max: 20 }), (chunks, limit) => {
      survives(ProtocolError, () => decode(chunks, limit))
    }),
  )
  fc.assert(
    fc.property(noise, noise, (type, data) => {
      decodeEvent(type, data)
      decodeEvent('PUT', data)
      parseFeed(data)
    }),
  )
})

test('an endless line is refused, and one without meaning is not kept', () => {
  const kilobyte = new TextEncoder().encode('x'.repeat(1024))
  const endless = createSseDecoder(1000)
  endless.push(new TextEncoder().encode('data: '))
  expect(() => endless.push(kilobyte)).toThrow(expect.objectContaining({ code: 'event-too-large' }))
  const meaningless = createSseDecoder(10)
  for (let i = 0; i < 100; i++) expect(meaningless.push(kilobyte)).toEqual([])
  expect(meaningless.push(new TextEncoder().encode('\ndata: 1\n\n'))).toEqual([{ type: 'message', data: '1' }])
})

test.each(['', '+', '++1', '1n', '0x1', '1_0', '١', '99999999999999999999', '18446744073709551616'])(
  '%j is no cursor',
  (text) => {
    expect(() => parseCursor(text)).toThrow(expect.objectContaining({ code: 'cursor' }))
  },
)

test('a long cursor is refused in no time', () => {
  expect(() => parseCursor('9'.repeat(1 << 20))).toThrow(ProtocolError)
  expect(parseCursor('0'.repeat(1000))).toBe(0n)
})

test('a cursor from before event ids is a time', () => {
  expect(parseLegacyCursor('0032992ANQB5G')).toBe(1729137906407000n)
  expect(parseLegacyCursor('12345')).toBeUndefined()
})
