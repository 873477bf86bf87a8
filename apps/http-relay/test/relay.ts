import { setTimeout as sleep } from 'node:timers/promises'
import { createHttpRelay, type HttpRelay, type HttpRelayInit } from '../src/index.ts'

/** A relay for one test: waits are long enough never to end by themselves unless the test says so. */
export function startRelay(init: HttpRelayInit = {}): Promise<HttpRelay> {
  return createHttpRelay({ postQuota: false, ...init })
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

/** One request; the body of the answer is read. */
export async function call(
  relay: HttpRelay,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const init = body === undefined ? { method, headers } : { method, headers, body: Buffer.from(body) }
  const response = await fetch(relay.url + path, init)
  return { status: response.status, text: await response.text(), headers: response.headers }
}

/** Waits until something is so; the test's own timeout is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2)
}
