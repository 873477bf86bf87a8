import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import type { TestContext } from 'vitest'
import { missingPeer } from '../peers.ts'

/** Debian's package `chromium`: the browsers that playwright would download are not used. */
const CHROMIUM_PATH = '/usr/bin/chromium'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A headless Chromium with a profile of its own; disposing it ends the browser and removes the profile. */
export interface Chromium extends AsyncDisposable {
  readonly context: BrowserContext
}

/** Skips the test when Chromium is not installed, by the rule for every peer: with `CI=true` it fails instead. */
export function requireChromium(test: TestContext): void {
  test.skip(missingPeer(`Chromium (${CHROMIUM_PATH})`, existsSync(CHROMIUM_PATH), 'apt-get install chromium'))
}

/** Starts a Chromium. Call {@link requireChromium} first. @param flags of its command line, beside the usual ones */
export async function launchChromium(flags: readonly string[] = []): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), 'pubky-chromium-'))
  const removeProfile = () => rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM_PATH,
      headless: true,
      args: [...FLAGS, ...flags],
    })
    return {
      context,
      async [Symbol.asyncDispose]() {
        await context.close()
        await removeProfile()
      },
    }
  } catch (error) {
    await removeProfile()
    throw error
  }
}
