import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Case, Work } from '../cases/case.ts'
import { QUOTA_MB, QUOTA_NAME, quotaCase } from '../cases/quota.ts'
import { READING } from '../cases/reading.ts'
import { fill, numbered, pattern, request } from '../cases/requests.ts'
import { SCALE_NAMES, scaleCases } from '../cases/scale.ts'
import { WRITING } from '../cases/writing.ts'
import { observeDurability } from '../durability.ts'
import { type LoadClient, startLoadClient } from '../load/http-client.ts'
import type { RequestSource } from '../load/job.ts'
import { fsyncTimes } from '../machine.ts'
import type { CaseReport, Measure } from '../report.ts'
import { type Entrant, type PairedResult, runPaired } from '../rounds.ts'
import { startPeer } from '../servers/against.ts'
import { nginxAvailable, startNginx } from '../servers/nginx.ts'
import { startOurs } from '../servers/ours.ts'
import { type RawTwin, startRawTwin } from '../servers/raw-twin.ts'
import { signUp, type Target } from '../servers/sign-up.ts'
import type { Group, GroupInit } from './group.ts'

/** The homeserver's requests, each paired with a raw twin, with sealing switched off, with nginx if it is there. */
export const homeserverGroup: Group = async function* (init) {
  yield* pairedCases(init)
  yield* comparedAccounts(init)
  if (isChosen(init, QUOTA_NAME)) {
    await using server = await startOurs(join(init.folder, 'quota'), { quotaMb: QUOTA_MB })
    yield await quotaCase(server)
  }
}

async function* pairedCases(init: GroupInit): AsyncGenerator<CaseReport> {
  const { folder, plan, note } = init
  const chosen = [...WRITING, ...READING].filter(({ name }) => isChosen(init, name))
  if (chosen.length === 0) return
  await using client = startLoadClient()
  await using ours = await startOurs(join(folder, 'ours'))
  await using unsealed = await startOurs(join(folder, 'unsealed'), { encryption: false })
  await using raw = await startRawTwin()
  await using nginx = nginxAvailable ? await startNginx(join(folder, 'nginx')) : undefined
  await using peer = init.against === undefined ? undefined : await startPeer(init.against)
  const homeservers = [
    { name: 'ours', target: await signUp(ours) },
    { name: 'unsealed', target: await signUp(unsealed) },
    ...(peer === undefined ? [] : [{ name: 'official', target: await signUp(peer) }]),
  ]
  note(await observeDurability(homeservers[0]!.target))
  note('unsealed: our server with encryption at rest switched off; raw and nginx never flush what they are sent')
  // The first thousands of requests run code that is not compiled yet, whatever they ask for.
  for (const { target } of homeservers) await fill(client, target, '/pub/bench/warm-up/#', plan.files, pattern(1024))
  for (const bench of chosen) {
    const works = new Map<string, Work>()
    const entrants: Entrant[] = []
    for (const { name, target } of homeservers) {
      const work = await bench.prepare(target, client, plan)
      works.set(name, work)
      entrants.push({ name, port: target.port, pid: target.pid, source: work.source })
    }
    const [first] = entrants
    await copyAnswers(client, raw, homeservers[0]!.target, works.get('ours')!)
    entrants.splice(1, 0, { name: 'raw', port: raw.port, pid: raw.pid, source: first!.source })
    if (nginx !== undefined && bench.nginx !== undefined) {
      const source = nginxSource(bench.nginx, bench.connections, join(folder, 'nginx'))
      entrants.push({ name: 'nginx', port: nginx.port, pid: nginx.pid, source })
    }
    const result = await runPaired(entrants, client, plan, loadOf(bench, plan))
    const checks = new Set<string>()
    for (const [name, work] of works) {
      const checked = await work.verify?.(result.answered.get(name) ?? 0)
      if (checked !== undefined && name === 'ours') checks.add(checked)
    }
    const alone = bench.connections === 1 ? [beyondFlushes(result, folder)] : []
    yield report(bench.name, result, [...cpuRatio(result), ...alone], [...checks])
  }
  await rm(join(folder, 'nginx'), { recursive: true, force: true })
}

/** What writing and listing costs in a large account, against a small one on the same server. */
async function* comparedAccounts(init: GroupInit): AsyncGenerator<CaseReport> {
  if (!SCALE_NAMES.some((name) => isChosen(init, name))) return
  const { plan } = init
  await using client = startLoadClient()
  await using ours = await startOurs(join(init.folder, 'accounts'))
  for (const bench of await scaleCases(() => signUp(ours), client, plan)) {
    if (!isChosen(init, bench.name)) continue
    const entrants = [
      { name: 'ours', port: ours.port, pid: ours.pid, source: bench.large },
      { name: 'few entries', port: ours.port, pid: ours.pid, source: bench.small },
    ]
    yield report(bench.name, await runPaired(entrants, client, plan, loadOf(bench, plan)), [], [bench.sizes])
  }
}

function isChosen({ only }: GroupInit, name: string): boolean {
  return only === undefined || only.test(name)
}

function loadOf(
  bench: Pick<Case, 'connections' | 'usesPrepared'>,
  { prepared }: { readonly prepared: number },
): { connections: number; requests?: number } {
  const { connections } = bench
  return bench.usesPrepared === true ? { connections, requests: prepared } : { connections }
}

/** Shows the twin what it has to answer. */
async function copyAnswers(client: LoadClient, raw: RawTwin, { port }: Target, { samples }: Work): Promise<void> {
  for (const sample of samples) {
    const answer = await client.call('exchange', { port, request: sample })
    if (answer.status >= 400) throw new Error(`a sample request was answered with ${answer.status}`)
    const [method = ''] = Buffer.from(sample).toString('latin1', 0, 16).split(' ', 1)
    await raw.answerWith(method, answer)
  }
}

/** The same against plain files: the file is put in place, the request loses what only a homeserver needs. */
function nginxSource({ method, size }: NonNullable<Case['nginx']>, connections: number, folder: string): RequestSource {
  const body = pattern(size)
  if (method === 'PUT') return numbered(request('PUT', `/put-${size}-${connections}-#`, {}, body), { status: 201 })
  writeFileSync(join(folder, 'files', `get-${size}`), body)
  return { kind: 'cycle', requests: [request('GET', `/get-${size}`)], answer: { status: 200, body } }
}

/** What a lone PUT takes beyond two flushes of this disk, the least that is durable. */
function beyondFlushes({ sides }: PairedResult, folder: string): Measure {
  const flush = fsyncTimes(folder).p50
  return { name: 'p50 beyond two flushes, ms', values: (sides[0]?.p50 ?? []).map((ms) => ms - 2 * flush) }
}

/** What the twin's request costs of ours, in CPU: steadier than rates where others use the machine too. */
function cpuRatio({ sides }: PairedResult): Measure[] {
  const [ours, raw] = sides
  if (ours === undefined || raw === undefined) return []
  return [{ name: 'raw, by CPU', values: raw.cpuMicros.map((micros, round) => micros / ours.cpuMicros[round]!) }]
}

function report(
  name: string,
  { sides, ratios, verified, isClientBound }: PairedResult,
  measures: readonly Measure[],
  checks: readonly string[],
): CaseReport {
  const [ours, ...peers] = sides
  const remarks = [
    ...checks,
    ...(verified > 0 ? [`${verified} bodies compared`] : []),
    ...(isClientBound ? ['the client was at its limit'] : []),
  ]
  return {
    group: 'homeserver',
    name,
    unit: 'requests',
    ours: ours!,
    peers,
    measures: [...ratios, ...measures],
    remarks,
  }
}
