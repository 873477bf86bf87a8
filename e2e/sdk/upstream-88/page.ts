import { Client, Pubky, PublicKey } from '@pubky/sdk'
import { ALL } from './cases/all.ts'
import type { Surroundings } from './cases/case.ts'

/** What the page must know of the testnet. */
export interface PageConfig {
  readonly homeserver: string
  readonly relay: string
  readonly pkarrRelay: string
}

/** Asks the homeserver's administrator, from outside of the page. */
declare function createSignupToken(): Promise<string>

/** How one case went; `error` is absent when it passed. */
export interface CaseResult {
  readonly number: string
  readonly title: string
  readonly error?: string
}

/** Runs every case that a browser can run, one after the other. */
async function runCases(config: PageConfig): Promise<CaseResult[]> {
  const place: Surroundings = {
    pubky: () => Pubky.withClient(new Client({ pkarr: { relays: [config.pkarrRelay] } })),
    homeserver: PublicKey.from(config.homeserver),
    relay: config.relay,
    pkarrRelay: config.pkarrRelay,
    createSignupToken: () => createSignupToken(),
    isBrowser: true,
  }
  const results: CaseResult[] = []
  for (const { number, title, needs, run } of Object.values(ALL).flat()) {
    if (needs === 'node') continue
    const error = await run(place).then(
      () => undefined,
      (thrown: unknown) => (thrown instanceof Error ? `${thrown.message}\n${thrown.stack}` : String(thrown)),
    )
    results.push({ number, title, ...(error !== undefined && { error }) })
  }
  return results
}

Object.assign(globalThis, { runCases })
