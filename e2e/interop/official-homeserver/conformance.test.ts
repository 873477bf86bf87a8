import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bench } from '../../conformance/harness/lab.ts'
import { ALL_ITEMS } from '../../conformance/items/all.ts'
import { missingPeer } from '../../peers.ts'
import { OfficialLab, officialAvailable, officialHint } from './official-lab.ts'

/** Items the official 0.17.1 never passes, each explained in `docs/conformance.md`. */
const DIFFERENCES: ReadonlyMap<number, string> = new Map([[104, 'an emptied folder stays on its disk']])

/** Items it passes or not as the race goes, explained there too. */
const RACES: ReadonlySet<number> = new Set([106, 108, 111, 226, 264])

describe.skipIf(missingPeer('the official homeserver 0.17.1', officialAvailable, officialHint))(
  'the acceptance list against the official homeserver',
  () => {
    let lab: OfficialLab
    let bench: Bench

    beforeAll(async () => {
      lab = await OfficialLab.create()
      bench = new Bench(lab)
    })
    afterAll(async () => {
      await bench[Symbol.asyncDispose]()
      await lab[Symbol.asyncDispose]()
    })

    for (const item of ALL_ITEMS) {
      if (item.better || RACES.has(item.number)) continue
      if (item.needs.includes('http2')) continue
      const difference = DIFFERENCES.get(item.number)
      if (difference === undefined) test(`${item.number}. ${item.title}`, () => bench.run(item))
      else {
        test(`${item.number}. ${item.title} (differs: ${difference})`, async () => {
          await expect(bench.run(item)).rejects.toThrow()
        })
      }
    }
  },
)
