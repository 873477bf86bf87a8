import { describe, expect, it } from 'vitest'
import { createLogger, redactTarget, silentLogger } from './logs.ts'

function collect(format: 'json' | 'text') {
  const lines: string[] = []
  const log = createLogger({ name: 'test', format, level: 'debug', destination: { write: (line) => lines.push(line) } })
  return { lines, log }
}

describe('logs', () => {
  it('JSON lines carry time, level, name, message and fields', () => {
    const { lines, log } = collect('json')
    log.info({ port: 1 }, 'listening')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', name: 'test', msg: 'listening', port: 1 })
  })

  it('text lines are readable', () => {
    const { lines, log } = collect('text')
    log.warn({ path: 'a b', port: 1 }, 'careful')
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z WARN {2}test: careful path="a b" port=1\n$/)
  })

  it('text lines show errors with their stack', () => {
    const { lines, log } = collect('text')
    log.error(new RangeError('too far'))
    expect(lines.join('')).toContain('too far\n  RangeError: too far\n')
  })

  it.each(['json', 'text'] as const)('no secret reaches a %s line', (format) => {
    const { lines, log } = collect(format)
    const secrets = { token: 'hush', password: 'hush', 'x-admin-password': 'hush', cookie: 'hush' }
    log.info({ ...secrets, headers: { authorization: 'hush', ...secrets }, request: { headers: secrets } }, 'request')
    expect(lines.join('')).not.toContain('hush')
    expect(lines.join('')).toContain('[redacted]')
  })

  it('a silent logger is silent', () => {
    expect(silentLogger().isLevelEnabled('fatal')).toBe(false)
  })
})

describe('redactTarget', () => {
  it.each([
    ['/signup?signup_token=AAAA-BBBB-CCCC&x=1', '/signup?signup_token=[redacted]&x=1'],
    ['/signup_tokens/AAAA-BBBB-CCCC', '/signup_tokens/[redacted]'],
    ['/signup_tokens/AAAA?x', '/signup_tokens/[redacted]?x'],
    ['/a?b=1&secret=x', '/a?b=1&secret=[redacted]'],
    ['/pub/signup_token', '/pub/signup_token'],
  ])('%s becomes %s', (target, expected) => {
    expect(redactTarget(target)).toBe(expected)
  })
})
