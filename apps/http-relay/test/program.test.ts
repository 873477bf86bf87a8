import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'http-relay-program-'))
})
afterAll(() => rm(folder, { recursive: true }))

function start(...args: string[]) {
  const child = spawn(process.execPath, ['--conditions=source', main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const seen = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    seen.stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    seen.stderr += chunk
  })
  const ended = once(child, 'close').then(([code]) => ({ code, ...seen }))
  return { child, seen, ended }
}

describe('http-relay', () => {
  it('runs alone, keeps its messages in the folder, and ends with 0 when told to', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { child, seen, ended } = start('--data', folder, '--port', '0', '--log-format', 'text')
      while (!seen.stdout.includes('Press Ctrl+C')) await once(child.stdout, 'data')
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(seen.stdout)?.[0]
      const method = signal === 'SIGINT' ? 'POST' : 'GET'
      const response = await fetch(`${url}/inbox/a`, method === 'POST' ? { method, body: 'kept' } : { method })
      expect([response.status, await response.text()]).toEqual([200, method === 'POST' ? '' : 'kept'])
      child.kill(signal)
      expect((await ended).code).toBe(0)
    }
  })

  it('prints help and version', async () => {
    const help = await start('--help').ended
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('--inbox-cache-ttl <S>')
    expect((await start('-V').ended).stdout).toMatch(/^http-relay \d+\.\d+\.\d+\n$/)
  })

  it.each([
    [['--nope'], 2, "Unknown option '--nope'"],
    [['--port', 'x'], 2, '--port takes a whole number from 0 to 65535'],
    [['--post-quota', '5/m'], 1, 'not a quota: "5/m"'],
    [['--trusted-proxy', 'here'], 1, 'not a network: "here"'],
    [['--log-format', 'xml'], 2, '--log-format takes auto, json, text'],
    [['--config', '/nowhere/config.toml'], 1, '/nowhere/config.toml: the file does not exist'],
    [['--data', '/dev/null/relay', '--config', '/dev/null'], 1, 'http-relay: --data: cannot use /dev/null/relay'],
  ])('%j ends with %i and says why', async (args, code, reason) => {
    const result = await start(...args).ended
    expect(result.code).toBe(code)
    expect(result.stderr).toContain(reason)
  })

  it('a bad configuration names file, line, key and what is allowed', async () => {
    const config = join(folder, 'bad.toml')
    await writeFile(config, '# relay\nport = 70000\npost_quota = "5 r/m"\n[logging]\nlevel = "loud"\n')
    const { code, stderr } = await start('--config', config).ended
    expect(code).toBe(1)
    expect(stderr).toContain(`${config}:2: port: Too big: expected number to be <=65535`)
    expect(stderr).toContain(`${config}:3: post_quota: not a quota: "5 r/m"`)
    expect(stderr).toContain(`${config}:5: logging.level: Invalid option: expected one of "trace"|"debug"|"info"`)
  })
})
