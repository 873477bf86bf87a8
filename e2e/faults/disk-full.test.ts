import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Account, FaultServer } from './server.ts'

const KIB = 1_024
const MIB = 1_048_576

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pubky-full-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** Writes until the disk is full; answers what was stored. */
async function fill(server: FaultServer, account: Account, size: number): Promise<Map<string, Buffer>> {
  const stored = new Map<string, Buffer>()
  for (let count = 0; count < 5_000; count += 1) {
    const path = `/pub/${size}/${count}`
    const body = randomBytes(size)
    const { status } = await server.put(account, path, body)
    if (status === 507) return stored
    expect(status).toBe(201)
    stored.set(path, body)
  }
  throw new Error('the disk did not fill up')
}

/** Reads work, deletes work, and then writes do again, without a restart. */
async function expectRecovery(server: FaultServer, account: Account, stored: Map<string, Buffer>): Promise<void> {
  for (const [path, body] of stored) expect((await server.get(account, path)).body.equals(body)).toBe(true)
  for (const path of stored.keys()) expect((await server.delete(account, path)).status).toBe(204)
  await expect
    .poll(async () => (await server.put(account, '/pub/other', randomBytes(200))).status, { timeout: 10_000 })
    .toBe(201)
  expect(server.isRunning).toBe(true)
  expect((await server.delete(account, '/pub/other')).status).toBe(204)
}

if (canMount()) {
  describe('a disk of 96 MiB', () => {
    let disk: string

    beforeEach(async () => {
      disk = await mkdtemp(join(folder, 'disk-'))
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk])
    })
    afterEach(() => {
      execFileSync('umount', [disk])
    })

    test.each([
      ['small bodies, with a reserve', 60 * KIB, 'low_water_mb = 16'],
      ['large bodies, with a reserve', MIB, 'low_water_mb = 16'],
      ['small bodies, to the last byte', 60 * KIB, 'low_water_mb = 0'],
      ['large bodies, to the last byte', MIB, 'low_water_mb = 0'],
    ])('full of %s: 507, and nothing is lost', async (_, size, storage) => {
      await using server = await FaultServer.start(join(disk, 'server'), storage)
      const account = await server.signUp()
      // The first quiet second lays down what is given up when deleting needs room.
      await sleep(1_500)
      const stored = await fill(server, account, size)
      expect(stored.size).toBeGreaterThan(10)
      await expectRecovery(server, account, stored)
      await server.stop()
    })

    test('filled by somebody else: sign-in, reads and deletes still work', async () => {
      await using server = await FaultServer.start(join(disk, 'server'), 'low_water_mb = 16')
      const account = await server.signUp()
      await server.put(account, '/pub/f', Buffer.from('kept'))
      const foreign = join(disk, 'foreign-file')
      await writeFile(foreign, Buffer.alloc(88 * MIB)).catch(() => undefined)
      const put = async () => (await server.put(account, '/pub/g', randomBytes(10))).status
      await expect.poll(put).toBe(507)
      expect((await server.get(account, '/pub/f')).body.toString()).toBe('kept')
      await server.signUp()
      expect((await server.delete(account, '/pub/f')).status).toBe(204)
      await rm(foreign)
      await expect.poll(put).toBe(201)
      await server.stop()
    })
  })
}

test('below the reserve the server writes nothing, reads and deletes everything', async () => {
  await using server = await FaultServer.start(join(folder, 'reserve'))
  const account = await server.signUp()
  await server.put(account, '/pub/f', Buffer.from('kept'))
  await server.put(account, '/pub/large', randomBytes(200_000))
  await server.stop()
  await using low = await FaultServer.start(join(folder, 'reserve'), 'low_water_mb = 1000000000')
  for (const size of [0, 100, 200_000]) {
    expect((await low.put(account, '/pub/g', randomBytes(size))).status).toBe(507)
  }
  expect((await low.get(account, '/pub/f')).body.toString()).toBe('kept')
  expect((await low.delete(account, '/pub/large')).status).toBe(204)
  expect((await low.get(account, '/pub/large')).status).toBe(404)
  await low.signUp()
})

/** Only the superuser mounts; elsewhere the reserve stands in for a full disk. */
function canMount(): boolean {
  return process.getuid?.() === 0
}
