import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type EphemeralTestnet, startTestnet } from '@pubky/testnet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PAGES, programOf } from './docs-page.ts'

const run = promisify(execFile)
/** Ends each report; what a page prints otherwise comes without it. */
const MARK = '\u0001'

let network: EphemeralTestnet

beforeAll(async () => {
  network = await startTestnet()
})

afterAll(async () => {
  await network[Symbol.asyncDispose]()
})

describe('the code of docs/sdk runs and prints what the page says', () => {
  for (const page of PAGES.filter((name) => name !== 'browser')) {
    it(`${page}.md`, async () => {
      const { code, expected } = programOf(page, 'ts', network)
      const report = `import { format } from 'node:util'\nconst report = (...values) => console.log(format(...values) + ${JSON.stringify(MARK)})\n`
      const file = fileURLToPath(new URL(`docs-${page}-${process.pid}.ts`, import.meta.url))
      await writeFile(file, report + code)
      try {
        const { stdout } = await run(process.execPath, ['--conditions=source', file], { timeout: 60_000 })
        const printed = stdout.split('\n').filter((line) => line.endsWith(MARK))
        expect(printed.map((line) => line.slice(0, -1).replaceAll(/\s+/g, ' '))).toEqual(expected)
        expect(expected.length).toBeGreaterThan(0)
      } finally {
        await rm(file)
      }
    })
  }
})
