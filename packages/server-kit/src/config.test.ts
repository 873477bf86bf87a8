import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadConfig, parseConfig } from './config.ts'
import { ServerKitError } from './errors.ts'

const schema = z.object({
  general: z
    .object({
      signup_mode: z.enum(['open', 'token_required']).default('token_required'),
      workers: z.int().min(1).max(64).default(2),
      names: z.array(z.string()).default(['a', 'b']),
    })
    .prefault({}),
  drive: z
    .object({
      rate_limits: z.array(z.object({ path: z.string(), burst: z.int().min(1).optional() })).default([]),
      identity: z
        .union([
          z.strictObject({ mode: z.literal('direct') }),
          z.strictObject({ mode: z.literal('proxy'), trusted: z.array(z.string()).min(1) }),
        ])
        .prefault({ mode: 'direct' }),
    })
    .prefault({}),
})

const parse = (text: string) => parseConfig({ schema, text, file: 'test.toml' })

function refusal(text: string): string {
  try {
    parse(text)
  } catch (error) {
    expect(error).toBeInstanceOf(ServerKitError)
    if (error instanceof ServerKitError && error.code === 'config') return error.message
  }
  throw new Error('the configuration was accepted')
}

describe('parseConfig', () => {
  it('an empty file gives the defaults', () => {
    expect(parse('')).toEqual({
      value: {
        general: { signup_mode: 'token_required', workers: 2, names: ['a', 'b'] },
        drive: { rate_limits: [], identity: { mode: 'direct' } },
      },
      warnings: [],
    })
  })

  it('merges tables key by key and replaces arrays whole', () => {
    const { value } = parse('general.workers = 3\ngeneral.names = ["c"]')
    expect(value.general).toEqual({ signup_mode: 'token_required', workers: 3, names: ['c'] })
  })

  it.each([
    ['[general]\n\nsignup_mode = "closed"', 'test.toml:3: general.signup_mode: ', '"open"|"token_required"'],
    ['[general]\nworkers = "2"', 'test.toml:2: general.workers: ', 'expected number, received string'],
    ['[general]\nworkers = 0', 'test.toml:2: general.workers: ', '>=1'],
    ['general = 1', 'test.toml:1: general: ', 'expected object, received number'],
    [
      '[[drive.rate_limits]]\npath="a"\n\n[[drive.rate_limits]]\nburst = 0\npath = "b"',
      ':5: drive.rate_limits[1].burst: ',
      '>=1',
    ],
    ['[[drive.rate_limits]]\nburst = 1', 'test.toml:1: drive.rate_limits[0].path: ', 'expected string'],
    ['[drive]\nidentity = { mode = "proxy", trusted = [] }', 'test.toml:2: drive.identity.trusted: ', '>=1'],
    ['[drive.identity]\nmode = "direct"\nextra = 1', 'test.toml:3: drive.identity.extra: ', 'unknown key'],
    ['[general]\nworkers = = 2', 'test.toml:2:11: ', 'Invalid TOML'],
    ['[general]\nworkers = 1\nworkers = 2', 'test.toml:3:1: ', 'Invalid TOML'],
    ['__proto__.x = 1', 'test.toml:1:1: ', 'Invalid TOML'],
  ])('refuses %j with place and reason', (text, place, reason) => {
    expect(refusal(text)).toContain(place)
    expect(refusal(text)).toContain(reason)
  })

  it('names every problem, not only the first', () => {
    expect(refusal('[general]\nworkers = 0\nsignup_mode = 1').split('\n')).toHaveLength(3)
  })

  it('warns of unknown keys with their place and what is known there', () => {
    const { warnings } = parse('[general]\nworker = 3\n[[drive.rate_limits]]\npath = "a"\nbrust = 2\n[generl]\n')
    expect(warnings).toEqual([
      'test.toml:2: general.worker: unknown key, ignored; known here: signup_mode, workers, names',
      'test.toml:5: drive.rate_limits[0].brust: unknown key, ignored; known here: path, burst',
      'test.toml:6: generl: unknown key, ignored; known here: general, drive',
    ])
  })

  it('does not quote the file in a syntax error, for it may hold a password', () => {
    expect(refusal('password = "hunter2" x')).not.toContain('hunter2')
  })

  it('throws nothing but its own error for broken files', () => {
    const valid = '[general]\nsignup_mode = "open" # c\n[[drive.rate_limits]]\npath = """a\n"""\nburst = 2\n'
    const edit = fc.record({ at: fc.nat(valid.length), remove: fc.nat(4), insert: fc.string({ maxLength: 4 }) })
    fc.assert(
      fc.property(edit, ({ at, remove, insert }) => {
        try {
          parse(valid.slice(0, at) + insert + valid.slice(at + remove))
        } catch (error) {
          expect(error).toBeInstanceOf(ServerKitError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('loadConfig', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'server-kit-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('reads a file', async () => {
    const file = join(folder, 'config.toml')
    await writeFile(file, '[general]\nworkers = 7\n')
    expect((await loadConfig({ schema, file })).value.general.workers).toBe(7)
  })

  it('a missing file is an error, or all defaults where that is asked for', async () => {
    const file = join(folder, 'missing.toml')
    await expect(loadConfig({ schema, file })).rejects.toThrow(
      `cannot read the configuration ${file}: the file does not exist`,
    )
    expect((await loadConfig({ schema, file, missing: 'defaults' })).value.general.workers).toBe(2)
  })

  it('a folder is an error even where a missing file is not', async () => {
    await expect(loadConfig({ schema, file: folder, missing: 'defaults' })).rejects.toThrow(ServerKitError)
  })
})
