import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HomeserverError } from '../error.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { resolveCursor } from './cursor.ts'

let store: Store

beforeAll(async () => {
  store = await openSqliteStore({
    path: undefined,
    onFatal: (error) => {
      throw error
    },
  })
})
afterAll(() => store[Symbol.asyncDispose]())

test('any text is an id, the time of an event, or refused as a cursor', async () => {
  const near = fc.oneof(
    fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
    fc.string({ unit: fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZU+- '), maxLength: 30 }),
    fc.string({ unit: fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'), minLength: 13, maxLength: 13 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), near), async (text) => {
      try {
        const id = await resolveCursor(store, text)
        expect(Number.isSafeInteger(id) && id >= 0).toBe(true)
        expect(text).toMatch(/^\+?\d+$/)
        if (BigInt(text.replace('+', '')) < 2n ** 53n - 1n) expect(id).toBe(Number(text))
      } catch (error) {
        if (!(error instanceof HomeserverError)) throw error
        expect(error.code).toBe('cursor-invalid')
      }
    }),
    { numRuns: 500 },
  )
})
