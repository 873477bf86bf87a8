import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { storagePath } from './cases/requests.ts'
import type { Target } from './servers/sign-up.ts'

/** Writes made one after another while the calls of the server are watched. */
const WRITES = 10

/**
 * Looks from outside whether an acknowledged PUT is on the disk: with `synchronous` FULL in force, the log is flushed at
 * least once for each of some PUTs made one after another.
 * @throws Error when there are fewer flushes than acknowledged PUTs
 */
export async function observeDurability(target: Target): Promise<string> {
  const flushes = await countFlushes(target.pid, async () => {
    for (let index = 0; index < WRITES; index++) {
      const url = `http://127.0.0.1:${target.port}${storagePath(target, `/pub/bench/durable-${index}`)}`
      const response = await fetch(url, { method: 'PUT', headers: { cookie: target.cookie }, body: 'durable' })
      if (response.status !== 201) throw new Error(`PUT: ${response.status}`)
      await response.arrayBuffer()
    }
  })
  if (flushes === undefined) {
    return 'synchronous in force: not observed (needs strace); our server does not start with less than FULL'
  }
  if (flushes < WRITES) throw new Error(`${WRITES} PUTs were acknowledged after ${flushes} flushes`)
  return `synchronous in force: FULL (${WRITES} PUTs one after another: ${flushes} flushes seen by strace)`
}

/** How often a process flushes a file while `work` runs; undefined where it cannot be watched. */
async function countFlushes(pid: number, work: () => Promise<void>): Promise<number | undefined> {
  if (pid === 0 || spawnSync('strace', ['-V']).status !== 0) return undefined
  const strace = spawn('strace', ['-f', '-e', 'trace=fsync,fdatasync', '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  strace.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString('latin1')
  })
  try {
    for (let waited = 0; !log.includes('attached'); waited += 50) {
      if (strace.exitCode !== null || waited > 3_000) return undefined
      await sleep(50)
    }
    await work()
  } finally {
    const ended = once(strace, 'close')
    if (strace.kill('SIGINT')) await ended
  }
  return log.match(/\b(?:fsync|fdatasync)\(\d+/g)?.length ?? 0
}
