import { Keypair } from '@pubky/crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutated, survives } from '../../../crypto/test/hostile.ts'
import { capability } from '../../test/arbitraries.ts'
import { ProtocolError } from '../errors.ts'
import { decodeSessionRecord } from './decode-session-record.ts'
import { bearerExpiry, bearerHash, formatBearer, isRefreshDue, parseBearer } from './grant-session.ts'
import { encodeSessionRecord } from './session-record.ts'

const { publicKey } = Keypair.fromSecret(new Uint8Array(32).fill(5))

test('a record is read back', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.string({ unit: 'grapheme' }),
      fc.array(
        capability.filter(({ scope }) => !/[:,]/.test(scope)),
        { maxLength: 5 },
      ),
      (createdAt, name, capabilities) => {
        const record = { publicKey, createdAt, name, userAgent: name, capabilities }
        expect(decodeSessionRecord(encodeSessionRecord(record))).toEqual(record)
      },
    ),
  )
})

test('hostile bytes give a record or a ProtocolError', () => {
  const valid = encodeSessionRecord({ publicKey, createdAt: 1n, name: 'a', userAgent: 'b', capabilities: [] })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), mutated(valid)), (bytes) => {
      survives(ProtocolError, () => decodeSessionRecord(bytes))
    }),
  )
})

test('a count beyond the end is refused before anything is read', () => {
  const head = encodeSessionRecord({ publicKey, createdAt: 1n, name: '', userAgent: '', capabilities: [] }).slice(0, -1)
  const bytes = new Uint8Array([...head, 0xff, 0xff, 0xff, 0xff, 0x0f])
  expect(() => decodeSessionRecord(bytes)).toThrow(expect.objectContaining({ code: 'bytes-truncated' }))
})

test('a bearer is read from its header only in the exact form', () => {
  const bearer = formatBearer(new Uint8Array(32).fill(255))
  expect(bearer.length).toBe(43)
  expect(bearerHash(bearer).length).toBe(32)
  expect(parseBearer(`Bearer ${bearer}`)).toBe(bearer)
  for (const header of [
    `bearer ${bearer}`,
    `Bearer  ${bearer}`,
    `Bearer ${bearer}x`,
    `Bearer ${bearer.slice(1)}é`,
    '',
  ]) {
    expect(parseBearer(header)).toBeUndefined()
  }
})

test('a bearer lives an hour, and never longer than its grant', () => {
  expect(bearerExpiry(1000, 100_000)).toBe(4600)
  expect(bearerExpiry(1000, 2000)).toBe(2000)
})

test.each([
  ['has ended', 0, 1000, true],
  ['ends within the slack', 300, 1000, true],
  ['ends later', 301, 1000, false],
  ['ends with its grant', 10, 10, false],
  ['has ended with its grant', 0, 0, true],
])('a bearer that %s', (_name, left, grantLeft, due) => {
  const now = 1_700_000_000
  expect(isRefreshDue({ token_expires_at: now + left, grant_expires_at: now + grantLeft }, now)).toBe(due)
})
