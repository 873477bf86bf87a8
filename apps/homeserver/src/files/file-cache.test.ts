import { expect, test } from 'vitest'
import type { EntryRecord, Store } from '../store/store.ts'
import { FileCache } from './file-cache.ts'

const entry = { contentLength: 100_000 } as EntryRecord
const file = { entry, body: new Uint8Array(1), prepared: undefined }

function keptBy(cache: FileCache): boolean {
  const load = cache.begin('a/pub/f')
  cache.finish('a/pub/f', load, file)
  return cache.get('a/pub/f') !== undefined
}

test('keeps nothing over a store that others write to, and reads nothing whole for keeping it', () => {
  const own = new FileCache({ isShared: false, watch: () => () => undefined } as unknown as Store)
  expect(keptBy(own)).toBe(true)
  expect([own.isPopular('a/pub/f', entry), own.isPopular('a/pub/f', entry)]).toEqual([false, true])
  const shared = new FileCache({ isShared: true } as Store)
  expect(keptBy(shared)).toBe(false)
  expect([shared.isPopular('a/pub/f', entry), shared.isPopular('a/pub/f', entry)]).toEqual([false, false])
})
