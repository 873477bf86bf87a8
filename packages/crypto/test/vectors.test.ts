import { afterAll, expect, test } from 'vitest'
import { cryptoVectorGroups } from './crypto-vectors.ts'
import { describeResult, runVectorGroups, type VectorResult } from './vector-groups.ts'

const results: VectorResult[] = []

for (const group of cryptoVectorGroups()) {
  test(`vectors ${group.name}: ${group.cases.length} cases`, async () => {
    const [result] = await runVectorGroups([group])
    expect(result?.cases).toBeGreaterThan(0)
    expect(result?.failures).toEqual([])
    if (result) results.push(result)
  })
}

afterAll(() => {
  for (const result of results) console.log(describeResult(result))
})
