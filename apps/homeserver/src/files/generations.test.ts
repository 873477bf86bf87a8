import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Generations } from './generations.ts'

const value = (bytes: number) => ({ body: new Uint8Array(bytes) })

test('what is used stays, what is not used goes, deleted entries are gone', () => {
  const cache = new Generations(40 * 2_024)
  const hot = value(1_000)
  cache.set('hot', hot)
  for (let index = 0; index < 500; index += 1) {
    cache.set(`${index}`, value(1_000))
    expect(cache.get('hot')).toBe(hot)
  }
  expect(cache.get('0')).toBeUndefined()
  expect(cache.get('499')).toBeDefined()
  cache.delete('499')
  cache.delete('hot')
  expect(cache.get('499')).toBeUndefined()
  expect(cache.get('hot')).toBeUndefined()
  cache.clear()
  expect(cache.get('498')).toBeUndefined()
})

test('never answers with anything but the last value, and holds no more than its bound', () => {
  const step = fc.record({ key: fc.nat(30), size: fc.nat(3_000), kind: fc.constantFrom('set', 'get', 'delete') })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const cache = new Generations(30_000)
      const last = new Map<string, object>()
      for (const { key, size, kind } of steps) {
        const name = `${key}`
        if (kind === 'set') {
          const next = value(size)
          cache.set(name, next)
          last.set(name, next)
        } else if (kind === 'delete') {
          cache.delete(name)
          last.delete(name)
        } else {
          const found = cache.get(name)
          if (found !== undefined) expect(found).toBe(last.get(name))
        }
      }
      let held = 0
      for (const name of last.keys()) held += (cache.get(name)?.body.length ?? -1_024) + 1_024
      expect(held).toBeLessThanOrEqual(30_000 + 3_000 + 1_024)
    }),
  )
})
