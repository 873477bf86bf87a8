import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const RANDOM = ['dht', 'pkarr-relay', 'http-relay', 'icann', 'pubky', 'admin'].flatMap((name) => [
  `--${name}-port`,
  '0',
])

function run(args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--conditions=source', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  const seen = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    seen.stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    seen.stderr += chunk
  })
  const ended = once(child, 'close').then(([code]) => ({ code, ...seen }))
  const ready = async () => {
    while (!seen.stdout.includes('Press Ctrl+C')) await Promise.race([once(child.stdout, 'data'), ended])
  }
  return { child, seen, ended, ready }
}

describe('pubky-testnet', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'says where everything is, in order, and ends with 0 at %s',
    async (signal) => {
      const { child, seen, ended, ready } = run(RANDOM, { TEST_PUBKY_CONNECTION_STRING: 'postgres://localhost/x' })
      await ready()
      const messages = [...seen.stdout.matchAll(/ INFO {2}pubky-testnet: (.*)/g)].map((match) => match[1])
      expect(messages).toEqual([
        'Testnet running',
        expect.stringMatching(/^DHT Bootstrap Nodes: 127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+$/),
        expect.stringMatching(/^Pkarr Relay: http:\/\/localhost:\d+$/),
        expect.stringMatching(/^Http Relay: http:\/\/localhost:\d+$/),
        expect.stringMatching(/^Homeserver ICANN HTTP: http:\/\/localhost:\d+$/),
        'Homeserver Pubky HTTPS: https://8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo',
        expect.stringMatching(/^Homeserver admin: http:\/\/localhost:\d+$/),
      ])
      expect(seen.stdout).toContain('TEST_PUBKY_CONNECTION_STRING is ignored')
      expect(seen.stdout).toContain('npm install @synonymdev/pubky')
      const url = /Homeserver ICANN HTTP: (\S+)/.exec(seen.stdout)?.[1] ?? ''
      expect(await (await fetch(url)).text()).toBe('Pubky Homeserver')
      child.kill(signal)
      expect(await ended).toMatchObject({ code: 0, stderr: '' })
    },
  )

  it('a taken port ends it with 1 and names port and option', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const { code, stderr } = await run([...RANDOM, '--http-relay-port', String(port)]).ended
    expect(code).toBe(1)
    expect(stderr).toBe(
      `pubky-testnet: HTTP relay cannot listen on localhost:${port}: port ${port} is taken by another program. Stop that program, or choose another port with --http-relay-port.\n`,
    )
    await new Promise((resolve) => other.close(resolve))
  })

  it('a wrong command line ends it with 2', async () => {
    const { code, stderr } = await run(['start']).ended
    expect(code).toBe(2)
    expect(stderr).toContain("expected 'persist DIR', not 'start'")
  })
})
