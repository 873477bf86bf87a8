import { parseArguments, ServerKitError } from '@pubky/server-kit'
import { describe, expect, it } from 'vitest'
import { STATIC_PORTS } from './constants.ts'
import { commandLine, readSettings } from './program-settings.ts'

function read(...argv: string[]) {
  const parsed = parseArguments(commandLine, argv)
  if (parsed.kind === 'print') throw new Error('expected to run')
  return readSettings(parsed.options, parsed.words)
}

describe('command line', () => {
  it('without options: fixed ports, in memory', () => {
    expect(read()).toEqual({
      testnet: { ports: STATIC_PORTS, freshData: 'open' },
      logLevel: 'info',
      logFormat: 'text',
    })
  })

  it('reads folders, names and ports', () => {
    expect(read('--data', '/x', '--host', 'box.local', '--icann-port', '0').testnet).toEqual({
      ports: { ...STATIC_PORTS, icann: 0 },
      freshData: 'open',
      host: 'box.local',
      data: '/x',
    })
    const upstream = read('--homeserver-config', '/c.toml', 'persist', '/y').testnet
    expect(upstream).toMatchObject({ data: '/y', freshData: 'token-required', homeserverConfig: '/c.toml' })
  })

  it.each([
    [['--nope'], "Unknown option '--nope'"],
    [['persist'], "expected 'persist DIR', not 'persist'"],
    [['persist', 'a', 'b'], "expected 'persist DIR', not 'persist a b'"],
    [['--data', 'a', 'persist', 'b'], 'name two folders'],
    [['--log-level', 'loud'], '--log-level takes trace, debug'],
    [['--dht-port', '65536'], '--dht-port takes a whole number'],
  ])('%j is refused', (argv, reason) => {
    expect(() => read(...argv)).toThrow(ServerKitError)
    expect(() => read(...argv)).toThrow(reason)
  })

  it('prints help and version', () => {
    expect(parseArguments(commandLine, ['--version'])).toMatchObject({
      text: expect.stringMatching(/^pubky-testnet \d/),
    })
    expect(parseArguments(commandLine, ['--help'])).toMatchObject({ text: expect.stringContaining('persist DIR') })
  })
})
