import { expect, test } from 'vitest'
import { parseNotice } from './notice-row.ts'

test('a notice names what it is about', () => {
  expect(parseNotice('grant-revoked', 'g1')).toEqual({ kind: 'grant-revoked', grantId: 'g1' })
  expect(parseNotice('bearer-replaced', 'g1')).toEqual({ kind: 'bearer-replaced', grantId: 'g1' })
  expect(parseNotice('cookie-session-revoked', '7')).toEqual({ kind: 'cookie-session-revoked', sessionId: 7 })
  expect(parseNotice('user-changed', '9007199254740991')).toEqual({ kind: 'user-changed', userId: 2 ** 53 - 1 })
  expect(parseNotice('user-deleted', '1')).toEqual({ kind: 'user-deleted', userId: 1 })
})

test.each([
  ['event', '1'],
  ['notices-lost', ''],
  ['constructor', '1'],
  ['', ''],
  ['user-changed', ''],
  ['user-changed', '0'],
  ['user-changed', '-1'],
  ['user-changed', '1.5'],
  ['user-changed', '01'],
  ['user-changed', '9007199254740993'],
  ['user-deleted', '1 '],
  ['cookie-session-revoked', '1e3'],
])('what is not understood is no notice: %j %j', (kind, subject) => {
  expect(parseNotice(kind, subject)).toBeUndefined()
})
