import { homedir } from 'node:os'
import { expect, it } from 'vitest'
import { packageVersion, resolveUserPath } from './program-files.ts'

it('finds the version of the own package', () => {
  expect(packageVersion(import.meta.url)).toMatch(/^\d+\.\d+\.\d+/)
})

it.each([
  ['~/x', {}, `${homedir()}/x`],
  ['~', {}, homedir()],
  ['a/../b', { INIT_CWD: '/start' }, '/start/b'],
  ['/abs', { INIT_CWD: '/start' }, '/abs'],
  ['x', {}, `${process.cwd()}/x`],
])('resolves %s', (path, environment, expected) => {
  expect(resolveUserPath(path, environment)).toBe(expected)
})
