import type { CaseReport } from '../report.ts'
import type { OurServer } from '../servers/ours.ts'
import { signUp, type Target } from '../servers/sign-up.ts'
import { pattern, storagePath } from './requests.ts'
import { countListed } from './verify.ts'

export const QUOTA_NAME = 'quota under 64 parallel PUTs'
/** Quota of the server under test, in MiB. */
export const QUOTA_MB = 1
const QUOTA = QUOTA_MB * 1_048_576
/** Bookkeeping charge per entry (spec 02 §10.7). */
const ENTRY_CHARGE = 256
/** With its charge, exactly 64 of these fit. */
const BODY = pattern(16_384 - ENTRY_CHARGE)
const FITS = QUOTA / (BODY.length + ENTRY_CHARGE)
const PARALLEL = 64
const FOLDER = '/pub/bench/quota/'

/**
 * Twice as many writes as fit, 64 at a time: as many are accepted as fit, to the byte, and one more after a deletion.
 * @throws Error when quota is exceeded or given away
 */
export async function quotaCase(server: OurServer): Promise<CaseReport> {
  const target = await signUp(server)
  const started = performance.now()
  const statuses = await inParallel(2 * FITS, (index) => put(target, `${FOLDER}${index}`))
  const seconds = (performance.now() - started) / 1000
  const accepted = statuses.filter((status) => status === 201).length
  const refused = statuses.filter((status) => status === 507).length
  const listed = await countListed(target, FOLDER)
  const used = listed * (BODY.length + ENTRY_CHARGE)
  if (accepted !== FITS || refused !== FITS || listed !== FITS) {
    throw new Error(`quota of ${QUOTA} bytes: ${accepted} writes accepted, ${refused} refused, ${listed} listed`)
  }
  await remove(target, `${FOLDER}${statuses.indexOf(201)}`)
  const afterwards = await inParallel(PARALLEL, (index) => put(target, `${FOLDER}again-${index}`))
  const again = afterwards.filter((status) => status === 201).length
  if (again !== 1) throw new Error(`quota: one file was deleted, ${again} were accepted in its place`)
  return {
    group: 'homeserver',
    name: QUOTA_NAME,
    unit: 'requests',
    ours: {
      name: 'ours',
      rates: [statuses.length / seconds],
      p50: [],
      p99: [],
      p999: [],
      cpuMicros: [],
      residentMiB: 0,
    },
    peers: [],
    measures: [{ name: 'bytes over quota', values: [used - QUOTA] }],
    remarks: [`${accepted} of ${statuses.length} accepted: ${used} of ${QUOTA} bytes used`],
  }
}

async function put(target: Target, path: string): Promise<number> {
  return status(target, 'PUT', path, BODY)
}

async function remove(target: Target, path: string): Promise<void> {
  const answered = await status(target, 'DELETE', path)
  if (answered !== 204) throw new Error(`DELETE ${path}: ${answered}`)
}

async function status(target: Target, method: string, path: string, body?: Uint8Array): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${target.port}${storagePath(target, path)}`, {
    method,
    headers: { cookie: target.cookie },
    ...(body && { body: new Uint8Array(body) }),
  })
  await response.arrayBuffer()
  return response.status
}

/** Runs `count` calls, 64 at a time. */
async function inParallel(count: number, call: (index: number) => Promise<number>): Promise<number[]> {
  const results: number[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      while (next < count) {
        const index = next++
        results[index] = await call(index)
      }
    }),
  )
  return results
}
