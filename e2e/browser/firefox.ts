import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { missingPeer } from '../peers.ts'
import { answering, answerOf, type Engine, end, said } from './engine.ts'

/** Debian's package `firefox-esr`. */
const FIREFOX_PATH = '/usr/bin/firefox-esr'

/** Skips the test when Firefox is not installed, by the rule for every peer; `pnpm test:engines` alone runs it. */
export function requireFirefox(test: TestContext): void {
  test.skip(missingPeer(`Firefox (${FIREFOX_PATH})`, existsSync(FIREFOX_PATH), 'apt-get install firefox-esr'))
}

/** Starts a headless Firefox and speaks WebDriver BiDi (W3C) with it. */
export async function launchFirefox(): Promise<Engine> {
  await using stack = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), 'pubky-firefox-'))
  stack.defer(() => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  const options = ['--headless', '--no-remote', '--remote-debugging-port', '0', '--profile', home]
  const child = spawn(FIREFOX_PATH, options, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: home },
  })
  stack.defer(() => end(child))
  const address = await said(child.stderr.iterator({ destroyOnReturn: false }), /WebDriver BiDi listening on (ws:\S+)/)
  child.stderr.resume()
  const socket = new WebSocket(`${address}/session`)
  stack.defer(() => socket.close())
  await once(socket, 'open')
  const commands = new Commands(socket)
  await commands.send('session.new', { capabilities: {} })
  const { context } = await commands.send('browsingContext.create', { type: 'tab' })
  const running = stack.move()
  return {
    async open(url) {
      await commands.send('browsingContext.navigate', { context, url, wait: 'complete' })
    },
    async evaluate(expression) {
      const { result } = await commands.send('script.evaluate', {
        expression: `new Promise((done) => { ${answering(expression)} })`,
        target: { context },
        awaitPromise: true,
      })
      return answerOf(Reflect.get(Object(result), 'value'))
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

type Answer = Readonly<Record<string, unknown>>

/** Commands and their answers over one socket. */
class Commands {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (message: Answer) => void>()
  #last = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const message: Answer = JSON.parse(String(data))
      this.#waiting.get(Number(message.id))?.(message)
    })
  }

  async send(method: string, params: object): Promise<Answer> {
    const id = ++this.#last
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve)
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
    this.#waiting.delete(id)
    if (answer.type === 'error') throw new Error(`${method}: ${answer.message}`)
    return Object(answer.result)
  }
}
