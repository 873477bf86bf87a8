import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Case, pattern, request, type Target, type Work } from './cases/case.ts'
import { storageCases } from './cases/storage.ts'
import { LoadClient } from './load/load.ts'
import { type CaseReport, caseReport } from './report.ts'
import { type Entrant, runCase } from './round.ts'
import { nginxAvailable, startNginx } from './servers/nginx.ts'
import { startOurs } from './servers/ours.ts'
import { type RawTwin, startRawTwin } from './servers/process.ts'
import type { CannedAnswer } from './servers/raw.ts'

/** How long and how often. */
export interface Plan {
  readonly scale: 'quick' | 'full'
  readonly rounds: number
  readonly seconds: number
}

/** Headers node adds by itself on both sides. */
const AUTOMATIC = ['date', 'connection', 'keep-alive', 'transfer-encoding']

/** One answer of ours to this case's request, for the twin to repeat. */
async function sample(target: Target, bench: Case, work: Work): Promise<CannedAnswer> {
  const bytes =
    work.requests.kind === 'numbered'
      ? Buffer.concat([work.requests.before, Buffer.from('sample'), work.requests.after])
      : Buffer.from(work.requests.requests[0]!)
  const head = bytes.toString('latin1', 0, bytes.indexOf('\r\n\r\n')).split('\r\n')
  const [method, path] = head[0]!.split(' ')
  const headers = Object.fromEntries(
    head
      .slice(1)
      .map((line) => line.split(': ') as [string, string])
      .filter(([name]) => name !== 'host' && name !== 'content-length'),
  )
  const response = await fetch(`http://127.0.0.1:${target.port}${path}`, {
    method: method!,
    headers,
    ...(method === 'PUT' ? { body: new Uint8Array(pattern(bench.size)) } : {}),
  })
  const body = new Uint8Array(await response.arrayBuffer())
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => !AUTOMATIC.includes(name)).flat(),
    body,
  }
}

async function rawEntrant(raw: RawTwin, target: Target, bench: Case, work: Work): Promise<Entrant> {
  await raw.answerWith(await sample(target, bench, work))
  return { name: 'raw', port: raw.port, pid: raw.pid, work }
}

/** The same against plain files: the file is put in place, the request loses what only we need. */
function nginxWork(bench: Case, folder: string): Work {
  const body = pattern(bench.size)
  if (bench.nginx === 'get') {
    writeFileSync(join(folder, 'files', `get-${bench.size}`), body)
    return { requests: { kind: 'cycle', requests: [request('GET', `/get-${bench.size}`, {})] }, status: 200, body }
  }
  const whole = Buffer.from(request('PUT', `/put-${bench.size}-${bench.connections}-#`, {}, body))
  const split = whole.indexOf('#')
  const before = whole.subarray(0, split)
  return { requests: { kind: 'numbered', before, after: whole.subarray(split + 1), first: 0 }, status: 201 }
}

/** Runs the homeserver's cases, each paired with its raw twin, with sealing switched off, and with nginx if it is there. */
export async function benchHomeserver(folder: string, plan: Plan, only?: RegExp): Promise<CaseReport[]> {
  const reports: CaseReport[] = []
  using client = new LoadClient()
  await using ours = await startOurs(join(folder, 'ours'), { encryption: true })
  await using plain = await startOurs(join(folder, 'plain'), { encryption: false })
  await using raw = await startRawTwin()
  await using nginx = nginxAvailable ? await startNginx(join(folder, 'nginx')) : undefined
  const [target, plainTarget] = [await ours.signUp(), await plain.signUp()]
  for (const bench of storageCases(plan.scale)) {
    if (only !== undefined && !only.test(bench.name)) continue
    const work = await bench.prepare(target)
    const entrants: Entrant[] = [
      { name: 'ours', port: ours.port, pid: ours.pid, work },
      { name: 'plain', port: plain.port, pid: plain.pid, work: await bench.prepare(plainTarget) },
      await rawEntrant(raw, target, bench, work),
    ]
    if (nginx !== undefined && bench.nginx !== undefined) {
      entrants.push({ name: 'nginx', port: nginx.port, pid: nginx.pid, work: nginxWork(bench, join(folder, 'nginx')) })
    }
    reports.push(caseReport(bench, await runCase(bench, entrants, client, plan)))
    console.error(`  ${bench.name}: done`)
  }
  await rm(join(folder, 'nginx', 'files'), { recursive: true, force: true })
  return reports
}
