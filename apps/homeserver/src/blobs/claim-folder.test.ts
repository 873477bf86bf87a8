import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimFolder } from './claim-folder.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pubky-claim-'))
})
afterEach(() => rm(folder, { recursive: true }))

const ours = new Uint8Array(16).fill(1)
const theirs = new Uint8Array(16).fill(2)

test('a folder belongs to the database that came first', async () => {
  const bodies = join(folder, 'bodies')
  await claimFolder(bodies, ours)
  await claimFolder(bodies, ours)
  await expect(claimFolder(bodies, theirs)).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining('belong to another database'),
  })
  expect(await readdir(bodies)).toEqual(['database'])
})

test('of two that come at once, one gets it', async () => {
  const claims = await Promise.allSettled([ours, theirs, ours, theirs].map((id) => claimFolder(folder, id)))
  const won = claims.map(({ status }) => status === 'fulfilled')
  expect([
    [true, false, true, false],
    [false, true, false, true],
  ]).toContainEqual(won)
  expect(await readdir(folder)).toEqual(['database'])
})

test('a marker nobody wrote is somebody else', async () => {
  await writeFile(join(folder, 'database'), '')
  await expect(claimFolder(folder, ours)).rejects.toMatchObject({ code: 'storage-failed' })
})
