import { expect, it } from 'vitest'
import { vectors } from '../../test/vectors.ts'
import { normaliseName } from './owner-name.ts'

const { origin, cases } = vectors.nameNormalisation

it.each(cases)('$input becomes $expect', ({ input, expect: expected }) => {
  expect(normaliseName(input, origin)).toBe(expected)
})
