import { afterAll, describe, test } from 'vitest'
import { Bench } from './harness/lab.ts'
import { ALL_ITEMS } from './items/all.ts'
import { OurLab } from './our-lab.ts'

/** Declares the whole list as tests of our homeserver. */
export function acceptanceOf(name: string, database: 'sqlite' | 'postgres'): void {
  describe(`our homeserver on ${name} passes the acceptance list`, () => {
    const lab = new OurLab(database)
    const bench = new Bench(lab)
    afterAll(async () => {
      await bench[Symbol.asyncDispose]()
      await lab[Symbol.asyncDispose]()
    })

    for (const item of ALL_ITEMS) {
      test(`${item.number}. ${item.title}`, async () => {
        const obstacle = bench.obstacle(item)
        if (obstacle !== undefined) throw new Error(obstacle)
        await bench.run(item)
      })
    }
  })
}
