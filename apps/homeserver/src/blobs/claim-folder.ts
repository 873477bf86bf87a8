import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HomeserverError } from '../error.ts'

/** Names the database whose rows name the bodies beside it. */
const MARKER = 'database'

/**
 * Makes sure that a folder of bodies belongs to the database that is about to be used with it: the sweeper removes what no
 * row names, which would be everything if another database were asked. The first database to come owns the folder.
 * @param installId of the store
 * @throws HomeserverError `storage-failed` with a message for the operator
 */
export async function claimFolder(folder: string, installId: Uint8Array): Promise<void> {
  const expected = Buffer.from(installId).toString('hex')
  try {
    const found = (await readMarker(folder)) ?? (await writeMarker(folder, expected))
    if (found === expected) return
  } catch (cause) {
    throw new HomeserverError('storage-failed', `cannot tell which database the bodies in ${folder} belong to`, {
      cause,
    })
  }
  throw new HomeserverError(
    'storage-failed',
    `the bodies in ${folder} belong to another database than the one configured; nothing was touched`,
  )
}

/** Writes the marker whole or not at all, unless somebody else was faster; answers what it says. */
async function writeMarker(folder: string, text: string): Promise<string | undefined> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const fresh = join(folder, `${MARKER}.${randomUUID()}`)
  try {
    const file = await open(fresh, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await link(fresh, join(folder, MARKER)).catch((error: unknown) => {
      if (!isCode(error, 'EEXIST')) throw error
    })
  } finally {
    await rm(fresh, { force: true })
  }
  return readMarker(folder)
}

async function readMarker(folder: string): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, MARKER), 'latin1')).trim()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
