import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HomeserverError } from '../error.ts'

const ROOT_KEY_BYTES = 32
const TEXT = /^[0-9a-fA-F]{64}$/

/**
 * Reads the root key of encryption at rest from its file: 64 hex digits (spec 03 §16.3). Undefined when there is no
 * such file. @throws HomeserverError `storage-failed`: unreadable or malformed
 */
export async function readRootKey(path: string): Promise<Uint8Array | undefined> {
  let text: string
  try {
    text = (await readFile(path, 'latin1')).trim()
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new HomeserverError('storage-failed', `cannot read the encryption key file ${path}`, { cause })
  }
  if (!TEXT.test(text)) {
    throw new HomeserverError(
      'storage-failed',
      `the encryption key file ${path} must hold 64 hex digits and nothing else`,
    )
  }
  return Buffer.from(text, 'hex')
}

/**
 * Creates the key file with a random root key, readable by its owner only; never overwrites.
 * @throws HomeserverError `storage-failed`
 */
export async function createRootKey(path: string): Promise<Uint8Array> {
  const key = randomBytes(ROOT_KEY_BYTES)
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'wx', 0o400)
    try {
      await file.writeFile(`${key.toString('hex')}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    const folder = await open(dirname(path), 'r')
    try {
      // The data must never outlive its key: the file's name has to be on the disk before the first body is.
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (cause) {
    throw new HomeserverError('storage-failed', `cannot create the encryption key file ${path}`, { cause })
  }
  return key
}
