import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALL } from './cases/all.ts'
import { type NodeSurroundings, startSurroundings } from './node-surroundings.ts'

let surroundings: NodeSurroundings

beforeAll(async () => {
  surroundings = await startSurroundings()
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
})

for (const [file, cases] of Object.entries(ALL)) {
  describe(`${file}.ts`, () => {
    for (const { number, title, needs, run } of cases) {
      // Those about the browser's storage run in Chromium only: e2e/browser/sdk-upstream-88.test.ts
      if (needs !== 'indexedDB') it(`${number} ${title}`, () => run(surroundings.place))
    }
  })
}

it('all 88 are here', () => {
  expect(Object.values(ALL).flat()).toHaveLength(88)
})
