import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '@pubky/server-kit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encryptionKeyFile, loadIdentity, locateDataDirectory, prepareDataDirectory } from './data-directory.ts'
import { loadHomeserverConfig } from './load.ts'
import { CONFIG_SAMPLE } from './sample.ts'
import { configSchema } from './schema.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homeserver-config-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function load(text: string) {
  const file = join(folder, 'config.toml')
  await writeFile(file, text)
  return loadHomeserverConfig(file)
}

describe('the configuration file', () => {
  it('must exist', async () => {
    const file = join(folder, 'none.toml')
    await expect(loadHomeserverConfig(file)).rejects.toThrow(`cannot read the configuration ${file}`)
  })

  it('may be empty', async () => {
    const { config, warnings } = await load('')
    expect(warnings).toEqual([])
    expect(config.drive.icann_listen_socket).toEqual({ host: '127.0.0.1', port: 6286 })
    expect(config.general.signup_mode).toBe('token_required')
    expect(config.storage.encryption.enabled).toBe(true)
  })

  it('keeps the defaults when the sample is used as it is', () => {
    const sample = parseConfig({ schema: configSchema, text: CONFIG_SAMPLE, file: 'sample' })
    expect(sample.warnings).toEqual([])
    expect(sample.value).toEqual(parseConfig({ schema: configSchema, text: '', file: 'empty' }).value)
  })

  it('knows every key of the sample, and shows the defaults there', () => {
    const active = CONFIG_SAMPLE.replace(/^# (?=\[|\w+ = )/gm, '')
    const all = parseConfig({ schema: configSchema, text: active, file: 'sample' })
    expect(all.warnings).toEqual([])
    const defaults = parseConfig({ schema: configSchema, text: '', file: 'empty' }).value
    expect(all.value.drive.rate_limits).toEqual(defaults.drive.rate_limits)
    expect(all.value.admin.listen_socket).toEqual(defaults.admin.listen_socket)
    expect(all.value.pkdns.icann_domain).toBe(defaults.pkdns.icann_domain)
  })

  it('replaces the list of rate limits whole', async () => {
    const { config } = await load(
      '[[drive.rate_limits]]\npath = "/pub/**"\nmethod = "get"\nquota = "1r/m"\nkey = "user"\n',
    )
    expect(config.drive.rate_limits).toEqual([
      {
        path: '/pub/**',
        method: 'GET',
        quota: { requests: 1, periodSeconds: 60 },
        key: 'user',
        burst: undefined,
        whitelist: [],
      },
    ])
  })

  it('warns of keys nobody reads', async () => {
    const { warnings } = await load('[general]\nsignup_mod = "open"\n')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('config.toml:2: general.signup_mod: unknown key')
  })

  it.each([
    ['[general]\nsignup_mode = "closed"', ':2: general.signup_mode: must be one of "open", "token_required"'],
    [
      '[drive]\n\nicann_listen_socket = "example.com:1"',
      ':3: drive.icann_listen_socket: "example.com:1" is not an address',
    ],
    ['[drive]\nicann_listen_socket = "1.2.3.4:70000"', ':2: drive.icann_listen_socket'],
    ['[drive]\nwebsites = "yes"', ':2: drive.websites: must be true or false'],
    ['[drive]\nicann_client_identity = { mode = "proxy_protocol" }', 'trusted_proxies must not be empty'],
    [
      '[drive]\nicann_client_identity = { trusted_proxies = ["1.2.3.4/8"] }',
      'only allowed with mode = "proxy_protocol"',
    ],
    ['[drive]\nicann_client_identity = { mode = "proxy_protocol", trusted_proxies = ["1.2.3.4"] }', 'needs a length'],
    ['[drive]\nicann_client_identity = { mode = "direct", proxy = 1 }', 'unknown key'],
    ['[[drive.rate_limits]]\npath="/"\nmethod="GET"\nquota="1mb/s"\nkey="ip"', ':4: drive.rate_limits[0].quota'],
    ['[[drive.rate_limits]]\npath="/"\nmethod="GET"\nquota="1r/s"\nkey="ip"\nwhitelist=["x"]', 'must be an IP address'],
    ['[default_quotas]\nrate_read = "100r/m"', ':2: default_quotas.rate_read: must be <n><kb|mb|gb>/<s|m|h|d>'],
    ['[general]\ndatabase_url = "mysql://localhost/x"', ':2: general.database_url: must be "sqlite:"'],
    ['[general]\ndatabase_url = "sqlite:/tmp/x"', ':2: general.database_url: must be "sqlite:"'],
    ['[general]\ndatabase_url = "postgres"', ':2: general.database_url: must be "sqlite:"'],
    ['[general]\ndatabase_pool_size = 2', ':2: general.database_pool_size: must be at least 3'],
    [
      '[general]\ndatabase_url = "postgres://localhost/x"\n[storage]\ntype = "in_memory"',
      ':4: storage.type: must be "file_system" with a PostgreSQL database',
    ],
    ['[admin]\nadmin_password = ""', 'admin.admin_password must not be empty'],
    ['[admin]\nlisten_socket = "0.0.0.0:1"', 'admin.admin_password must be changed'],
    ['[admin]\nadmin_password_file = "/nonexistent/file"', 'admin.admin_password_file cannot be read'],
    ['[general\n', 'config.toml:'],
  ])('refuses %j', async (text, message) => {
    await expect(load(text)).rejects.toThrow(message)
  })

  it('takes the URL of a PostgreSQL database', async () => {
    for (const url of ['postgres://localhost:5432/pubky', 'postgresql://u:p@[::1]/pubky?sslmode=require', 'sqlite:']) {
      const { config, warnings } = await load(`[general]\ndatabase_url = "${url}"\n`)
      expect(config.general).toMatchObject({ database_url: url, database_pool_size: 10 })
      expect(warnings).toEqual([])
    }
  })

  it('never repeats a database URL, which may hold a password', async () => {
    const error = await load('[general]\ndatabase_url = "postgre://u:swordfish@h/d"\n').catch(String)
    expect(error).toContain('general.database_url')
    expect(error).not.toContain('swordfish')
  })

  it('reads the admin password from a file', async () => {
    const file = join(folder, 'password')
    await writeFile(file, 'swordfish\n')
    const { config } = await load(`[admin]\nadmin_password_file = ${JSON.stringify(file)}\n`)
    expect(config.admin.admin_password).toBe('swordfish')
  })
})

describe('the data directory', () => {
  it('is created with a sample and a key that only the owner can read', async () => {
    const directory = await locateDataDirectory(join(folder, 'new'))
    await prepareDataDirectory(directory)
    const identity = await loadIdentity(directory)
    expect(await readFile(directory.configFile, 'utf8')).toBe(CONFIG_SAMPLE)
    expect((await stat(directory.configFile)).mode & 0o777).toBe(0o600)
    expect((await stat(directory.secretFile)).mode & 0o777).toBe(0o600)
    expect((await loadIdentity(directory)).publicKey.z32()).toBe(identity.publicKey.z32())
    expect(directory.defaultKeyFile.startsWith(`${directory.path}/`)).toBe(false)
  })

  it('reads the zero seed of spec 03 §6.1', async () => {
    const directory = await locateDataDirectory(folder)
    await writeFile(directory.secretFile, ` ${'0'.repeat(64)}\n`)
    const { publicKey } = await loadIdentity(directory)
    expect(publicKey.z32()).toBe('8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo')
  })

  it('refuses a broken key file without repeating it, and keeps it', async () => {
    const directory = await locateDataDirectory(folder)
    await writeFile(directory.secretFile, 'not-a-key')
    const error = await loadIdentity(directory).catch((reason: unknown) => String(reason))
    expect(error).toContain('64 hex characters')
    expect(error).not.toContain('not-a-key')
    expect(await readFile(directory.secretFile, 'utf8')).toBe('not-a-key')
  })

  it('never holds the key of its own encryption', async () => {
    const directory = await locateDataDirectory(folder)
    expect(encryptionKeyFile(directory, undefined)).toBe(`${folder}.key`)
    expect(encryptionKeyFile(directory, '/etc/pubky/key')).toBe('/etc/pubky/key')
    expect(() => encryptionKeyFile(directory, join(folder, 'data', 'key'))).toThrow('outside of the data directory')
  })

  it('is not a file', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(locateDataDirectory(file)).rejects.toThrow(`Given path is not a directory: ${file}`)
  })
})
