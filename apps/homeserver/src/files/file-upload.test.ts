import { expect, test } from 'vitest'
import type { User } from '../accounts/users.ts'
import { openMemoryBlobs } from '../blobs/backends/memory.ts'
import { Bodies } from '../blobs/bodies.ts'
import { HomeserverError, type HomeserverErrorCode } from '../error.ts'
import type { Store } from '../store/store.ts'
import { DiskSpace } from './disk-space.ts'
import { FileUpload } from './file-upload.ts'

/** How many bodies are left when the commit of a large file fails in this way. */
async function leftAfter(code: HomeserverErrorCode): Promise<number> {
  const backend = openMemoryBlobs()
  const space = new DiskSpace(
    { store: { isShared: false } as Store, log: { info() {}, warn() {}, error() {} } },
    undefined,
    0,
  )
  const upload = new FileUpload(
    { bodies: new Bodies(backend, undefined), space, typeOf: () => 'text/plain' },
    {
      user: { id: 1 } as User,
      path: '/pub/large',
      lock: undefined,
      allowance: undefined,
      maxBodyBytes: undefined,
      signal: new AbortController().signal,
    },
    async () => {
      throw new HomeserverError(code, code)
    },
  )
  await upload.write(new Uint8Array(100_000))
  await expect(upload.commit()).rejects.toMatchObject({ code })
  let left = 0
  for await (const _ of backend.list()) left += 1
  return left
}

test('a body whose commit was refused is removed; one whose commit nobody knows of stays for the sweeper', async () => {
  expect(await leftAfter('quota-exceeded')).toBe(0)
  expect(await leftAfter('disk-full')).toBe(0)
  // The row may be there: without its body the old file would be lost, and the new one broken.
  expect(await leftAfter('storage-failed')).toBe(1)
})
