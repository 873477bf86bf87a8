import type { Target } from '../servers/sign-up.ts'
import { numberedName, storagePath } from './requests.ts'

/** Files read again after a case that wrote. */
const SAMPLE = 20
const PAGE = 1000

function url(target: Target, path: string): string {
  return `http://127.0.0.1:${target.port}${path}`
}

/**
 * After `count` numbered files were written to a folder: some of them hold the right bytes, the listing has all of them,
 * and so has the event log.
 */
export async function verifyWritten(
  target: Target,
  folder: string,
  count: number,
  body: Uint8Array,
  names = count,
): Promise<string> {
  const read = await verifySample(target, folder, names, body)
  const listed = await countListed(target, folder)
  if (listed !== names) throw new Error(`${folder}: ${names} files were acknowledged, ${listed} are listed`)
  const events = await countEvents(target, folder)
  if (events !== count) throw new Error(`${folder}: ${count} writes were acknowledged, ${events} are in the event log`)
  return `${read} read again, ${listed} listed, ${events} events`
}

async function verifySample(target: Target, folder: string, names: number, body: Uint8Array): Promise<number> {
  const numbers = Array.from({ length: Math.min(SAMPLE, names) }, () => Math.floor(Math.random() * names))
  for (const number of numbers) {
    const response = await fetch(url(target, storagePath(target, folder + numberedName(number))))
    const stored = Buffer.from(await response.arrayBuffer())
    if (response.status !== 200 || !stored.equals(body)) {
      throw new Error(
        `${folder}${numberedName(number)} was acknowledged and is ${response.status}, ${stored.length} bytes`,
      )
    }
  }
  return numbers.length
}

/** How many files a folder has, by paging through it. */
export async function countListed(target: Target, folder: string): Promise<number> {
  let count = 0
  for (let cursor = ''; ; ) {
    const query = `?limit=${PAGE}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
    const response = await fetch(url(target, storagePath(target, folder) + query))
    const text = await response.text()
    if (response.status === 404) return count
    if (!response.ok) throw new Error(`list ${folder}: ${response.status} ${text}`)
    const lines = text === '' ? [] : text.split('\n')
    count += lines.length
    if (lines.length < PAGE) return count
    cursor = lines.at(-1)!
  }
}

/** How many events the log has for a folder. */
async function countEvents(target: Target, folder: string): Promise<number> {
  const response = await fetch(url(target, `/events-stream?user=${target.user}&path=${folder}`))
  if (!response.ok || response.body === null) throw new Error(`events of ${folder}: ${response.status}`)
  let count = 0
  let rest = ''
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    count += lines.filter((line) => line.startsWith('event: ')).length
  }
  return count
}
