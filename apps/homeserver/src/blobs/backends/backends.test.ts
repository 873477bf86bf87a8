import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blobsContract } from '../blobs.contract.ts'
import { openDiskBlobs } from './disk.ts'
import { openMemoryBlobs } from './memory.ts'

blobsContract('disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pubky-blobs-'))
  return {
    backend: await openDiskBlobs(folder),
    reopen: () => openDiskBlobs(folder),
    remove: () => rm(folder, { recursive: true }),
  }
})

blobsContract('memory', async () => ({ backend: openMemoryBlobs(), reopen: undefined, remove: async () => {} }))

test('the disk back end takes nothing but ids into a path, and leaves no temporary file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pubky-blobs-'))
  try {
    const backend = await openDiskBlobs(folder)
    const { signal } = new AbortController()
    for (const id of ['../x', '', 'A'.repeat(32), '0'.repeat(31), `${'0'.repeat(32)}/`, `..${'0'.repeat(30)}`]) {
      await expect(backend.create(id, signal)).rejects.toMatchObject({ code: 'storage-failed' })
      await expect(backend.open(id, signal)).rejects.toMatchObject({ code: 'storage-failed' })
      await expect(backend.remove(id)).rejects.toMatchObject({ code: 'storage-failed' })
    }
    const id = '0'.repeat(32)
    const aborted = await backend.create(id, signal)
    await aborted.write([new Uint8Array(10)])
    await aborted.abort()
    const published = await backend.create(id, signal)
    await published.publish()
    expect(await readdir(join(folder, 'tmp'))).toEqual([])
    expect(await readdir(join(folder, 'objects', '00'))).toEqual([id])
  } finally {
    await rm(folder, { recursive: true })
  }
})
