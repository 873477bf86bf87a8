/** The program: help, init, a start on a data directory, errors that say what to change, and a clean stop. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const MAIN = new URL('../src/main.ts', import.meta.url).pathname
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeserver-main-'))
})
afterEach(() => rm(folder, { recursive: true }))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program; `onOutput` may end it. */
function run(args: readonly string[], onOutput?: (stdout: string, kill: () => void) => void): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--conditions=source', MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    // Once: a second signal would end it in the middle of its end.
    let isTold = false
    const tell = () => {
      if (!isTold) isTold = child.kill('SIGTERM')
    }
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += String(chunk)
      onOutput?.(stdout, tell)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += String(chunk)
    })
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** For {@link run}: ends the program as soon as it has started. */
function stopAtOnce(stdout: string, kill: () => void): void {
  if (stdout.includes('Press Ctrl+C')) kill()
}

/** A data directory that is ready for a start. */
async function readyDirectory(): Promise<string> {
  const data = join(folder, 'data')
  await run(['--data', data, 'init'])
  await writeFile(join(data, 'config.toml'), CONFIG)
  return data
}

const CONFIG = `
[drive]
icann_listen_socket = "127.0.0.1:0"
pubky_listen_socket = "127.0.0.1:0"
[admin]
listen_socket = "127.0.0.1:0"
[pkdns]
publish = false
`

describe('pubky-homeserver', () => {
  it('makes a data directory, starts on it and stops when told', async () => {
    const data = join(folder, 'data')
    const made = await run(['--data', data, 'init'])
    expect([made.code, made.stdout]).toEqual([0, expect.stringContaining(`Data directory initialized at ${data}.`)])
    const secret = await readFile(join(data, 'secret'), 'utf8')
    await writeFile(join(data, 'config.toml'), CONFIG)
    const ended = await run(['--data', data], stopAtOnce)
    expect([ended.code, ended.stderr]).toEqual([0, ''])
    expect(ended.stdout).toContain('Homeserver HTTP listening on http://127.0.0.1:')
    expect(ended.stdout).toMatch(/Stopping: running requests may finish.*\n.*Stopped/)
    expect(await readFile(join(data, 'secret'), 'utf8')).toBe(secret)
    expect(await readFile(`${data}.key`, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(ended.stdout).not.toContain(secret)
  })

  it('says that the database cannot be reached, and nothing of its password', async () => {
    const data = join(folder, 'data')
    await run(['--data', data, 'init'])
    const url = 'postgres://pubky:swordfish@127.0.0.1:1/pubky'
    await writeFile(join(data, 'config.toml'), `[general]\ndatabase_url = "${url}"\n${CONFIG}`)
    const { code, stdout, stderr } = await run(['--data', data])
    expect([code, stderr]).toEqual([1, 'pubky-homeserver: database: connect ECONNREFUSED 127.0.0.1:1\n'])
    expect(stdout).not.toContain('swordfish')
  })

  it('tells of a new key even when the start fails after it was made', async () => {
    const data = join(folder, 'data')
    await using taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    await run(['--data', data, 'init'])
    await writeFile(join(data, 'config.toml'), CONFIG.replace('127.0.0.1:0', `127.0.0.1:${port}`))
    const { code, stdout, stderr } = await run(['--data', data])
    expect([code, stderr]).toEqual([1, expect.stringContaining(`port ${port} is taken`)])
    expect(stdout).toContain(`Created the encryption key ${data}.key`)
  })

  it('warns of keys that others can read', async () => {
    const data = await readyDirectory()
    const warned = async () => {
      const { stdout } = await run(['--data', data], stopAtOnce)
      expect(stdout).toContain('Stopped')
      return Array.from(stdout.matchAll(/can read ([^:]+):/g), ([, file]) => file)
    }
    expect(await warned()).toEqual([])
    await chmod(join(data, 'secret'), 0o640)
    await chmod(`${data}.key`, 0o444)
    expect(await warned()).toEqual([join(data, 'secret'), `${data}.key`])
  })

  it('does not start with another key than the data has', async () => {
    const data = await readyDirectory()
    await run(['--data', data], stopAtOnce)
    await rm(`${data}.key`)
    const missing = await run(['--data', data], stopAtOnce)
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain(`${data}.key`)
    await writeFile(`${data}.key`, `${'ab'.repeat(32)}\n`)
    const wrong = await run(['--data', data], stopAtOnce)
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toBe(
      `pubky-homeserver: the key in ${data}.key is not the one that this data was sealed with\n`,
    )
  })

  it('does not start under another name than the data has', async () => {
    const data = await readyDirectory()
    await run(['--data', data], stopAtOnce)
    await rm(join(data, 'secret'))
    const ended = await run(['--data', data])
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('put the file "secret" of that one into the data directory')
  })

  it('says that the database is damaged, without a stack', async () => {
    const data = await readyDirectory()
    await run(['--data', data], stopAtOnce)
    const database = join(data, 'data', 'homeserver.sqlite')
    await writeFile(database, 'no database any more'.repeat(1000))
    const ended = await run(['--data', data])
    expect([ended.code, ended.stderr]).toEqual([
      1,
      `pubky-homeserver: the database ${database} cannot be read\n  because: file is not a database\n`,
    ])
  })

  it('names file, line, key and what is allowed', async () => {
    const file = join(folder, 'config.toml')
    await writeFile(file, '[general]\nsignup_mode = "closed"\n')
    const ended = await run(['--data', join(folder, 'data'), '--config', file])
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain(`${file}:2: general.signup_mode: must be one of "open", "token_required"`)
  })

  it.each([
    [['--help'], 0, 'Usage: pubky-homeserver'],
    [['--version'], 0, 'pubky-homeserver 0.1.0'],
    [['--nonsense'], 2, '--nonsense'],
    [['--data', MAIN], 2, `Given path is not a directory: ${MAIN}`],
    [['start'], 2, 'init'],
  ])('%j ends with %i', async (args, code, text) => {
    const ended = await run(args)
    expect([ended.code, `${ended.stdout}${ended.stderr}`]).toEqual([code, expect.stringContaining(text)])
  })
})
