import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { missingPeer } from '../peers.ts'
import { answering, answerOf, type Engine, end, said } from './engine.ts'

/** Debian's packages `webkit2gtk-driver` and `xvfb`: Safari's engine, which needs a display. */
const DRIVER_PATH = '/usr/bin/WebKitWebDriver'
const DISPLAY_PATH = '/usr/bin/Xvfb'

/** Skips the test when WebKit is not installed, by the rule for every peer; `pnpm test:engines` alone runs it. */
export function requireWebKit(test: TestContext): void {
  const isThere = existsSync(DRIVER_PATH) && existsSync(DISPLAY_PATH)
  test.skip(missingPeer(`WebKit (${DRIVER_PATH})`, isThere, 'apt-get install webkit2gtk-driver xvfb'))
}

/** Starts a WebKit and speaks WebDriver (W3C) with it. */
export async function launchWebKit(): Promise<Engine> {
  await using stack = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), 'pubky-webkit-'))
  stack.defer(() => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  const display = spawn(DISPLAY_PATH, ['-displayfd', '1', '-nolisten', 'tcp'], { stdio: ['ignore', 'pipe', 'ignore'] })
  stack.defer(() => end(display))
  const number = await said(display.stdout, /^(\d+)\n/)
  const port = await freePort()
  const driver = spawn(DRIVER_PATH, [`--port=${port}`], {
    stdio: 'ignore',
    env: {
      ...process.env,
      ...{ HOME: home, XDG_RUNTIME_DIR: home, DISPLAY: `:${number}` },
      // Containers give no sandbox, and root none either.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      LIBGL_ALWAYS_SOFTWARE: '1',
    },
  })
  stack.defer(() => end(driver))
  const base = `http://127.0.0.1:${port}/session`
  await reachable(`http://127.0.0.1:${port}/status`)
  const started = await send('POST', base, { capabilities: { alwaysMatch: { timeouts: { script: 60_000 } } } })
  const session = `${base}/${Reflect.get(Object(started), 'sessionId')}`
  stack.defer(async () => {
    await send('DELETE', session)
  })
  const running = stack.move()
  return {
    async open(url) {
      await send('POST', `${session}/url`, { url })
    },
    async evaluate(expression) {
      const script = `const [done] = arguments; ${answering(expression)}`
      return answerOf(await send('POST', `${session}/execute/async`, { script, args: [] }))
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function send(method: string, url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) })
  const { value }: { value?: unknown } = await response.json()
  if (!response.ok) throw new Error(`${method} ${url}: ${JSON.stringify(value)}`)
  return value
}

async function reachable(url: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await (await fetch(url)).body?.cancel()
      return
    } catch (error) {
      if (attempt === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
