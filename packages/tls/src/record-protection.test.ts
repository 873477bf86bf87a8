import { describe, expect, test } from 'vitest'
import { sealRecord } from '../test/scripted-server.ts'
import { CIPHER_SUITES } from './cipher-suites.ts'
import { RecordProtection, sealedLength } from './record-protection.ts'

describe.each(CIPHER_SUITES)('$name', (suite) => {
  const secret = (): Buffer => Buffer.alloc(suite.hashLength, 3)

  test('opens what it sealed, of every interesting length, in order', () => {
    const sealing = new RecordProtection(suite, secret())
    const opening = new RecordProtection(suite, secret())
    for (const length of [0, 1, 15, 16, 17, 4095, 4096, 16_383, 16_384]) {
      const data = Buffer.alloc(length, length)
      const { type, content } = opening.open(sealRecord(sealing, 23, data))
      expect(type).toBe(23)
      expect(content.equals(data)).toBe(true)
    }
    expect(sealing.records).toBe(9)
  })

  test('opens nothing that was changed, wherever', () => {
    const record = sealRecord(new RecordProtection(suite, secret()), 23, Buffer.from('data'))
    for (let at = 0; at < record.length; at++) {
      const changed = Buffer.from(record)
      changed[at]! ^= 1
      const opening = new RecordProtection(suite, secret())
      expect(() => opening.open(changed)).toThrow(expect.objectContaining({ alert: 20 }))
    }
  })

  test('follows a key update, and not without it', () => {
    const sealing = new RecordProtection(suite, secret()).next()
    const record = sealRecord(sealing, 23, Buffer.from('data'))
    expect(() => new RecordProtection(suite, secret()).open(record)).toThrow(expect.objectContaining({ alert: 20 }))
    expect(new RecordProtection(suite, secret()).next().open(record).content.toString()).toBe('data')
  })

  test('forgets its secret', () => {
    const bytes = secret()
    new RecordProtection(suite, bytes).dispose()
    expect(bytes.equals(Buffer.alloc(suite.hashLength))).toBe(true)
  })
})

test('sealedLength counts a header, a type and a tag for each 16 KiB', () => {
  expect([0, 1, 16_384, 16_385, 131_072].map(sealedLength)).toEqual([0, 23, 16_406, 16_429, 131_248])
})
