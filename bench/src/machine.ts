import { spawnSync } from 'node:child_process'
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'

let pinned: boolean | undefined

/** Ties a process to one core so that server and client do not share it; quietly does nothing where it cannot. */
export function pin(pid: number | undefined, core: number): void {
  if (pid === undefined || cpus().length < 2) return
  const done = spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)], { stdio: 'ignore' }).status === 0
  pinned = (pinned ?? true) && done
}

/** User and system CPU seconds of a process so far (Linux; 0 elsewhere). */
export function cpuSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return 0
  }
}

/** Resident memory of a process in MiB (Linux; 0 elsewhere). */
export function residentMiB(pid: number): number {
  try {
    const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return Number(match?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

const TMPFS_MAGIC = 0x01021994

/** True when a folder lies in memory, where durability costs nothing and says nothing. */
export function isTmpfs(folder: string): boolean {
  return statfsSync(folder).type === TMPFS_MAGIC
}

/** Milliseconds one `fsync` after a 4 KiB append takes on the disk that holds `folder`. */
export function fsyncTimes(folder: string): { p50: number; p99: number } {
  const path = join(folder, 'fsync-probe')
  const file = openSync(path, 'w')
  const block = Buffer.alloc(4096, 1)
  const times = new Float64Array(300)
  for (let index = 0; index < times.length; index++) {
    const started = performance.now()
    writeSync(file, block)
    fsyncSync(file)
    times[index] = performance.now() - started
  }
  closeSync(file)
  rmSync(path)
  times.sort()
  return { p50: times[150]!, p99: times[297]! }
}

/** Free text of the file system that holds `folder`: device, type and options (Linux; empty elsewhere). */
function mountOf(folder: string): string {
  const { stdout } = spawnSync('findmnt', ['-n', '-o', 'FSTYPE,OPTIONS', '-T', folder], { encoding: 'utf8' })
  return stdout?.trim().replace(/\s+/g, ' ') ?? ''
}

/** The facts without which a figure means nothing. To be read twice: load changes while the benchmark runs. */
export function describeMachine(folder: string): string[] {
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout?.trim() || 'unknown'
  const { p50, p99 } = fsyncTimes(folder)
  return [
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, kernel ${release()}`,
    `Node ${process.version}, commit ${commit}`,
    `disk: ${mountOf(folder)}; append 4 KiB + fsync p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
  ]
}

/** Whether the processes were tied to cores of their own, and how busy the machine is. */
export function describeLoad(loadBefore: number): string {
  const where = pinned === true ? 'servers on core 0, load on core 1' : 'processes not tied to cores'
  return `${where}; load average ${loadBefore.toFixed(2)} at the start, ${loadavg()[0]!.toFixed(2)} at the end`
}

export function loadAverage(): number {
  return loadavg()[0]!
}
