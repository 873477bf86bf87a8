import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ServerKitError } from './errors.ts'
import { runProgram } from './run.ts'

const commandLine = { name: 'server', version: '1.0.0', summary: 'Serves.', options: {} }

function fakeHost(...args: string[]) {
  const signals = new EventEmitter()
  const seen = { stdout: '', stderr: '', exits: [] as number[] }
  const host = {
    argv: ['node', 'main.ts', ...args],
    versions: { node: '24.0.0' },
    stdout: { write: (text: string) => (seen.stdout += text) },
    stderr: { write: (text: string) => (seen.stderr += text) },
    on: signals.on.bind(signals),
    off: signals.off.bind(signals),
    exit: (code: number) => seen.exits.push(code),
  }
  return { host, seen, signals }
}

describe('runProgram', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s stops what was started and ends with 0', async (signal) => {
    const { host, seen, signals } = fakeHost()
    const events: string[] = []
    const running = runProgram({
      commandLine,
      host,
      start: async () => ({
        [Symbol.asyncDispose]: async () => {
          events.push('stopped')
        },
      }),
    })
    setImmediate(() => signals.emit(signal))
    await running
    expect(events).toEqual(['stopped'])
    expect(seen.exits).toEqual([0])
    expect(signals.listenerCount('SIGINT') + signals.listenerCount('SIGTERM')).toBe(0)
  })

  it.each([
    ['a later signal during the stop ends at once', 600, [1, 0]],
    ['a signal that comes twice at the same time is one', 0, [0]],
  ])('%s', async (_, pause, exits) => {
    const { host, seen, signals } = fakeHost()
    const running = runProgram({
      commandLine,
      host,
      start: async () => ({
        async [Symbol.asyncDispose]() {
          await sleep(pause)
          signals.emit('SIGINT')
        },
      }),
    })
    setImmediate(() => signals.emit('SIGINT'))
    await running
    expect(seen.exits).toEqual(exits)
  })

  it('a signal during the start cancels it, which is a clean end', async () => {
    const { host, seen, signals } = fakeHost()
    const running = runProgram({
      commandLine,
      host,
      start: (_options, _words, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    })
    setImmediate(() => signals.emit('SIGTERM'))
    await running
    expect(seen).toEqual({ stdout: '', stderr: '', exits: [0] })
  })

  it('does not start on an older Node, and says so', async () => {
    const { host, seen } = fakeHost()
    const start = () => Promise.reject(new Error('started'))
    await runProgram({ commandLine, host: { ...host, versions: { node: '22.21.1' } }, start })
    expect(seen).toEqual({ stdout: '', stderr: 'server: needs Node 24 or newer; this is 22.21.1\n', exits: [2] })
  })

  it('prints and ends without starting', async () => {
    const { host, seen } = fakeHost('--version')
    const start = () => Promise.reject(new Error('started'))
    await runProgram({ commandLine, host, start })
    expect(seen).toEqual({ stdout: 'server 1.0.0\n', stderr: '', exits: [0] })
  })

  it('a usage error ends with 2, a known failure with 1 and its message only', async () => {
    const usage = fakeHost('--nope')
    await runProgram({ commandLine, host: usage.host, start: async () => undefined })
    expect(usage.seen.exits).toEqual([2])
    expect(usage.seen.stderr).toContain("Unknown option '--nope'")
    const failed = fakeHost()
    const start = () => Promise.reject(new ServerKitError('port-taken', 'port 1 is taken'))
    await runProgram({ commandLine, host: failed.host, start })
    expect(failed.seen).toEqual({ stdout: '', stderr: 'server: port 1 is taken\n', exits: [1] })
  })
})
