/**
 * A power cut without a hypervisor (reliability D1): the data lies on a loop-mounted image in memory. Copying the image
 * of a stopped server takes what had reached "the disk" and leaves behind what was only in the kernel's cache, which a
 * killed process would have kept. Needs the superuser, loop devices and mkfs.ext4; elsewhere the kill tests stand alone.
 */
import { execFileSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { closeSync, copyFileSync, openSync, writeSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { blake3 } from '@pubky/crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Account, FaultServer } from './server.ts'

const CYCLES = 3
const WRITERS = 16
const SIZES = [200, 1_024, 1_024, 1_024, 30_000, 70_000]

/** A small disk that can lose its power. */
class Disk {
  readonly #folder: string
  #count = 0
  #mounted: string[] = []

  constructor(folder: string) {
    this.#folder = folder
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600m', 'tmpfs', folder])
    this.#mounted.push(folder)
    execFileSync('truncate', ['-s', '256M', join(folder, 'disk-0')])
    execFileSync('mkfs.ext4', ['-q', join(folder, 'disk-0')])
  }

  /** Where the disk is mounted now. */
  get path(): string {
    return join(this.#folder, `mount-${this.#count}`)
  }

  async mount(): Promise<void> {
    await mkdir(this.path)
    execFileSync('mount', ['-o', 'loop', join(this.#folder, `disk-${this.#count}`), this.path])
    this.#mounted.push(this.path)
  }

  /** Copies what is on the disk this instant; {@link swap} then goes on with the copy. */
  freeze(): void {
    copyFileSync(join(this.#folder, `disk-${this.#count}`), join(this.#folder, `disk-${this.#count + 1}`))
  }

  /** Puts the frozen copy in the place of the disk. */
  async swap(): Promise<void> {
    execFileSync('umount', [this.path])
    this.#mounted.pop()
    await rm(join(this.#folder, `disk-${this.#count}`))
    this.#count += 1
    await this.mount()
  }

  release(): void {
    for (const path of this.#mounted.reverse()) execFileSync('umount', [path])
    this.#mounted = []
  }
}

const etagOf = (body: Uint8Array) => `"${Buffer.from(blake3(body)).toString('base64')}"`

if (hasLoopDevices()) {
  let folder: string
  let disk: Disk

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pubky-power-'))
    disk = new Disk(folder)
    await disk.mount()
  })
  afterEach(async () => {
    disk.release()
    await rm(folder, { recursive: true })
  })

  test('the cut is real: what was written without a flush is gone', async () => {
    const file = openSync(join(disk.path, 'log'), 'w')
    for (let line = 0; line < 1_000; line += 1) writeSync(file, `${line}\n`)
    disk.freeze()
    closeSync(file)
    await disk.swap()
    const kept = await readFile(join(disk.path, 'log'), 'latin1').catch(() => '')
    expect(kept.split('\n').length).toBeLessThan(1_000)
  })

  test('power cut in a flood of writes: whatever was acknowledged is there, whole', async () => {
    /** Validator of what each path was last acknowledged to hold; undefined after a delete. */
    const acknowledged = new Map<string, string | undefined>()
    let account: Account | undefined
    let confirmed = 0
    const lost: string[] = []
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      const server = await FaultServer.start(join(disk.path, 'server'), 'low_water_mb = 0')
      account ??= await server.signUp()
      const owner = account
      const agent = new Agent({ keepAlive: true, maxSockets: WRITERS })
      const open = new Set<string>()
      const flood = Array.from({ length: WRITERS }, async (_, writer) => {
        for (let count = 0; ; count += 1) {
          const path = `/pub/${writer}/${count % 30}`
          const isDelete = count % 12 === 11 && acknowledged.get(path) !== undefined
          const body = randomBytes(SIZES[count % SIZES.length] ?? 0)
          open.add(path)
          try {
            const options = { headers: { cookie: owner.cookie }, agent, ...(!isDelete && { body }) }
            const { status } = await server.send(isDelete ? 'DELETE' : 'PUT', `/storage/${owner.user}${path}`, options)
            expect([201, 204]).toContain(status)
          } catch {
            return
          }
          open.delete(path)
          acknowledged.set(path, isDelete ? undefined : etagOf(body))
          confirmed += 1
        }
      })
      await sleep(randomInt(600, 1_500))
      // Stopped first, so that the copy is of one instant; what it acknowledged until then is in our ledger or was
      // never read from its sockets.
      const frozen = new Map(acknowledged)
      const uncertain = new Set(open)
      server.signal('SIGSTOP')
      disk.freeze()
      await server.kill()
      await Promise.all(flood)
      agent.destroy()
      await disk.swap()

      acknowledged.clear()
      const again = await FaultServer.start(join(disk.path, 'server'), 'low_water_mb = 0')
      const reader = new Agent({ keepAlive: true, maxSockets: 8 })
      for (const path of new Set([...frozen.keys(), ...uncertain])) {
        const { status, headers, body } = await again.get(owner, path, reader)
        const found = status === 200 ? String(headers.etag) : undefined
        if (found !== undefined && etagOf(body) !== found) lost.push(`${path}: damaged`)
        // A path with a change under way may hold either version; every other one holds the acknowledged one.
        if (!uncertain.has(path) && found !== frozen.get(path)) lost.push(`${path}: ${status}`)
        acknowledged.set(path, found)
      }
      reader.destroy()
      const usage = await again.send('GET', '/auth/account', {
        headers: { cookie: owner.cookie, 'pubky-host': owner.user },
      })
      const entries = [...acknowledged.values()].filter((etag) => etag !== undefined).length
      expect(JSON.parse(usage.body.toString())).toMatchObject({ entries })
      await again.stop()
    }
    expect(lost).toEqual([])
    expect(confirmed).toBeGreaterThan(CYCLES * 20)
    console.log(`power cut: ${CYCLES} cycles, ${confirmed} acknowledged changes, 0 lost`)
  })
}

function hasLoopDevices(): boolean {
  if (process.getuid?.() !== 0) return false
  try {
    execFileSync('mkfs.ext4', ['-V'], { stdio: 'ignore' })
    execFileSync('losetup', ['-f'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
