import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainRecord } from '../test/hello-editor.ts'
import { HandshakeReader } from './handshake-reader.ts'
import { RecordReader } from './record-reader.ts'
import { handshakeMessage } from './writer.ts'

/** Cuts bytes at random places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...places, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : places[index - 1], end))
}

const cuts = fc.array(fc.nat(100_000), { maxLength: 30 })

describe('RecordReader', () => {
  test('gives the same records however the stream is cut', () => {
    const record = fc.record({
      type: fc.integer({ min: 20, max: 23 }),
      content: fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
    })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), cuts, (records, places) => {
        const wire = records.map(({ type, content }) => plainRecord(type, content))
        const reader = new RecordReader()
        const found: string[] = []
        for (const piece of pieces(Buffer.concat(wire), places)) {
          reader.push(piece)
          for (let next = reader.next(); next; next = reader.next()) found.push(next.toString('hex'))
        }
        expect(found).toEqual(wire.map((bytes) => bytes.toString('hex')))
      }),
    )
  })

  test.each([
    ['type 19', '1303030001', 10],
    ['type 24', '1803030001', 10],
    ['an encrypted record of 16641 bytes', '1703034101', 22],
    ['a handshake record of 16385 bytes', '1603034001', 22],
  ])('refuses %s as soon as its header is there', (_what, header, alert) => {
    const reader = new RecordReader()
    const bytes = Buffer.from(header, 'hex')
    reader.push(bytes.subarray(0, 4))
    expect(reader.next()).toBeUndefined()
    reader.push(bytes.subarray(4))
    expect(() => reader.next()).toThrow(expect.objectContaining({ alert }))
  })
})

describe('HandshakeReader', () => {
  test('gives the same messages however they are cut into records', () => {
    const message = fc
      .record({ type: fc.nat(255), body: fc.uint8Array({ maxLength: 400 }) })
      .map(({ type, body }) => handshakeMessage(type, body))
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 6 }), cuts, (messages, places) => {
        const reader = new HandshakeReader()
        const found: string[] = []
        for (const piece of pieces(Buffer.concat(messages), places)) {
          reader.push(piece)
          for (let next = reader.next(400); next; next = reader.next(400)) found.push(next.toString('hex'))
        }
        expect(found).toEqual(messages.map((bytes) => bytes.toString('hex')))
        expect(reader.empty).toBe(true)
      }),
    )
  })

  test('refuses a message above the limit as soon as its header is there', () => {
    const reader = new HandshakeReader()
    reader.push(Buffer.from('01000191', 'hex'))
    expect(() => reader.next(400)).toThrow(expect.objectContaining({ alert: 50 }))
  })
})
