import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, it, vi } from 'vitest'
import type { Store } from '../store/store.ts'
import { DiskSpace } from './disk-space.ts'

vi.mock('node:fs/promises', async (original) => ({
  ...(await original<typeof import('node:fs/promises')>()),
  statfs: async () => disk,
}))
const disk = { bavail: 0, bsize: 4096 }

it('tells the operator once that the disk is nearly full, and once that it is not', async () => {
  const lines: string[] = []
  const tell = (_: object, message: string) => lines.push(message)
  const store: Pick<Store, 'isShared' | 'reusableBytes'> = { isShared: false, reusableBytes: async () => 0 }
  const { bavail, bsize } = statfsSync(tmpdir())
  const log = { info: tell, warn: tell, error: tell }
  const space = new DiskSpace({ store: store as Store, log }, tmpdir(), bavail * bsize * 2)
  expect(lines).toEqual(['the disk is nearly full: writes are refused with 507'])
  const write = () => space.require('blob', 1, false)
  expect(write).toThrow('Disk space quota exceeded')

  disk.bavail = bavail * 3
  await vi.waitFor(() => expect(write).not.toThrow(), { timeout: 5_000 })
  write()
  expect(lines.slice(1)).toEqual(['the disk has room again'])
})
