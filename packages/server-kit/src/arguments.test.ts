import { describe, expect, expectTypeOf, it } from 'vitest'
import { parseArguments } from './arguments.ts'
import { ServerKitError } from './errors.ts'

const commandLine = {
  name: 'server',
  version: '1.2.3',
  summary: 'Serves.',
  options: {
    data: { type: 'text', short: 'd', value: 'DIR', help: 'Where data lives' },
    port: { type: 'integer', short: 'p', help: 'Port', max: 65_535 },
    colour: { type: 'choice', of: ['red', 'blue'], help: 'Colour' },
    peer: { type: 'list', help: 'A peer' },
    quiet: { type: 'flag', short: 'q', help: 'Log nothing' },
    verbose: { type: 'count', short: 'v', help: 'Log more' },
  },
} as const

const run = (...argv: string[]) => {
  const parsed = parseArguments(commandLine, argv)
  if (parsed.kind === 'print') throw new Error('expected to run')
  return parsed.options
}

describe('parseArguments', () => {
  it('gives each type its empty value', () => {
    expect(run()).toEqual({ data: undefined, port: undefined, colour: undefined, peer: [], quiet: false, verbose: 0 })
    expectTypeOf(run()).toEqualTypeOf<{
      readonly data: string | undefined
      readonly port: number | undefined
      readonly colour: 'red' | 'blue' | undefined
      readonly peer: readonly string[]
      readonly quiet: boolean
      readonly verbose: number
    }>()
  })

  it('reads long and short forms', () => {
    const options = run('--data', 'x', '-p', '80', '--colour', 'blue', '--peer=a', '--peer', 'b', '-q', '-vv', '-v')
    expect(options).toEqual({ data: 'x', port: 80, colour: 'blue', peer: ['a', 'b'], quiet: true, verbose: 3 })
    expect(run('--', '-d', 'y').data).toBe('y')
  })

  it.each([
    [['--nope'], "Unknown option '--nope'"],
    [['--data'], "'-d, --data <value>' argument missing"],
    [['--port', '65536'], "--port takes a whole number from 0 to 65535, not '65536'"],
    [['--port', '1.5'], 'not'],
    [['--port=-1'], 'not'],
    [['--colour', 'grey'], "--colour takes red, blue, not 'grey'"],
    [['--port', ''], 'not'],
    [['word'], "unexpected argument 'word'"],
    [['--quiet=yes'], 'does not take an argument'],
  ])('refuses %j and points to the help', (argv, reason) => {
    expect(() => run(...argv)).toThrow(ServerKitError)
    expect(() => run(...argv)).toThrow(reason)
    expect(() => run(...argv)).toThrow("Try 'server --help'.")
  })

  it('prints help and version', () => {
    expect(parseArguments(commandLine, ['-V'])).toEqual({ kind: 'print', text: 'server 1.2.3\n' })
    const help = parseArguments(commandLine, ['--help', '--port', 'x'])
    expect(help).toMatchObject({ kind: 'print' })
    for (const part of ['-d, --data <DIR>', '--peer <list>', '-q, --quiet  ', 'Usage: server [options]']) {
      expect('text' in help && help.text).toContain(part)
    }
  })

  it('takes words where the program has them', () => {
    const withWords = { ...commandLine, words: { usage: '[init]', help: 'init: create the folder' } }
    expect(parseArguments(withWords, ['-d', 'x', 'init'])).toMatchObject({ kind: 'run', words: ['init'] })
  })
})
