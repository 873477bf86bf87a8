import { expect, test } from 'vitest'
import { ALL_ITEMS } from './items/all.ts'

test('the list is complete and in order', () => {
  expect(ALL_ITEMS.map((item) => item.number)).toEqual(Array.from({ length: 269 }, (_, index) => index + 1))
})
