import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArguments } from '@pubky/server-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { vectors } from '../test/vectors.ts'
import { configSchema } from './config.ts'
import { commandLine, readSettings } from './program-settings.ts'

let folder: string
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pkarr-relay-settings-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(argv: readonly string[]) {
  const parsed = parseArguments(commandLine, argv)
  if (parsed.kind !== 'run') throw new Error('expected options')
  return await readSettings(parsed.options)
}

async function configFile(text: string): Promise<string> {
  files += 1
  const file = join(folder, `${files}.toml`)
  await writeFile(file, text)
  return file
}

const readConfig = async (text: string) => await read(['-c', await configFile(text)])
const LIMITER = '[rate_limiter]\nbehind_proxy = false\nquota = "2r/s"\ndht_quota = "2r/s"\nuser_dht_quota = "2r/s"\n'

describe('defaults', () => {
  it('without a file are those of the specification, with limits', async () => {
    const { relay, warnings } = await read([])
    expect(relay).toMatchObject({
      host: '*',
      port: 6881,
      maxConnections: 1024,
      maxConnectionAgeMs: 300_000,
      cacheSize: 1_000_000,
      minimumTtl: 300,
      maximumTtl: 86_400,
      mainline: {
        port: undefined,
        requestTimeout: 2000,
        serverMode: 'adaptive',
      },
      limits: { requests: { quota: { requests: 2, periodSeconds: 1 } } },
    })
    expect(warnings).toEqual([expect.stringContaining('cache.path is not set')])
  })

  it('with a file that has no limiter are without limits', async () => {
    expect((await readConfig('')).relay.limits).toBeUndefined()
    expect((await readConfig(LIMITER)).relay.limits).toMatchObject({ behindProxy: false })
  })

  it('of a data folder are its config.toml, if there is one, and the cache in it', async () => {
    const data = join(folder, 'data')
    await mkdir(data)
    const before = await read(['--data', data])
    expect([before.relay.cachePath, before.relay.limits !== undefined]).toEqual([data, true])
    await writeFile(join(data, 'config.toml'), '[http]\nport = 1234\n')
    const after = await read(['--data', data])
    expect([after.relay.port, after.relay.limits, after.warnings]).toEqual([1234, undefined, []])
  })

  it('of a test network are its port and no limits', async () => {
    const { relay, testnet } = await read(['--testnet'])
    expect([relay.port, relay.limits, testnet]).toEqual([15_411, undefined, true])
    expect((await read(['--testnet', '--port', '7'])).relay.port).toBe(7)
  })
})

describe('a file', () => {
  it('sets everything', async () => {
    await mkdir(join(folder, 'cache'))
    const { relay, logLevel, logFormat } = await readConfig(`
      [http]
      host = "127.0.0.1"
      port = 0
      max_connections = 5
      max_connection_age_seconds = 6
      honour_preconditions = true
      stale_hint = true
      [mainline]
      port = 7
      public_ip = "203.0.113.7"
      request_timeout_seconds = 3
      bootstrap = []
      [cache]
      path = "cache"
      size = 8
      minimum_ttl = 9
      maximum_ttl = 10
      stale_while_revalidate = 11
      negative_ttl_ms = 12
      [rate_limiter]
      behind_proxy = true
      trusted_proxies = ["192.0.2.0/24"]
      quota = "1r/m"
      burst = 2
      dht_quota = "3r/h"
      dht_burst = 4
      user_dht_quota = "5r/d"
      user_dht_burst = 6
      [metrics]
      listen_socket = "[::1]:9000"
      [logging]
      level = "debug"
      format = "json"
    `)
    expect(relay).toEqual({
      host: '127.0.0.1',
      port: 0,
      portOption: 'http.port',
      maxConnections: 5,
      maxConnectionAgeMs: 6000,
      honourPreconditions: true,
      staleHint: true,
      mainline: {
        port: 7,
        publicIp: '203.0.113.7',
        requestTimeout: 3000,
        bootstrap: [],
        serverMode: true,
      },
      cachePath: join(folder, 'cache'),
      cacheSize: 8,
      minimumTtl: 9,
      maximumTtl: 10,
      staleWhileRevalidate: 11,
      negativeTtlMs: 12,
      limits: {
        behindProxy: true,
        trustedProxies: ['192.0.2.0/24'],
        requests: { quota: { requests: 1, periodSeconds: 60 }, burst: 2 },
        dhtRequests: { quota: { requests: 5, periodSeconds: 86_400 }, burst: 6 },
        dhtQueries: { quota: { requests: 3, periodSeconds: 3600 }, burst: 4 },
      },
      monitoring: { host: '::1', port: 9000 },
      measureProcess: true,
    })
    expect([logLevel, logFormat]).toEqual(['debug', 'json'])
  })

  it('has unknown keys pointed out, except in the limiter, where they are refused', async () => {
    const { warnings } = await readConfig('[http]\nprot = 1\n[cache]\npath = "/x"\n')
    expect(warnings).toEqual([expect.stringMatching(/:2: http\.prot: unknown key, ignored; known here: .*port/)])
    await expect(readConfig(`${LIMITER}burts = 1\n`)).rejects.toThrow(/:6: rate_limiter\.burts: unknown key/)
  })

  it.each([
    ['[http]\nport = "x"', /:2: http\.port: must be a whole number from 0 to 65535/],
    ['[http]\nport = 65536', /:2: http\.port: must be a whole number from 0 to 65535/],
    ['[http]\nmax_connections = 0', /:2: http\.max_connections: http\.max_connections must be greater than zero/],
    ['[http]\nmax_connection_age_seconds = 0', /max_connection_age_seconds must be greater than zero/],
    ['[mainline]\npublic_ip = "::1"', /:2: mainline\.public_ip: must be an IPv4 address/],
    [
      '[cache]\nminimum_ttl = 2\nmaximum_ttl = 1',
      /:2: cache\.minimum_ttl: cache\.minimum_ttl must be less than or equal to cache\.maximum_ttl/,
    ],
    ['[cache]\npath = "not-there"', /cache\.path: a relative path must exist/],
    [
      LIMITER.replace('quota = "2r/s"', 'quota = "2/s"'),
      /:3: rate_limiter\.quota: not a quota: "2\/s"; expected <n>r\/<s\|m\|h\|d>/,
    ],
    [`${LIMITER}burst = 0`, /:6: rate_limiter\.burst: must be a whole number from 1/],
    ['[rate_limiter]\nquota = "2r/s"', /rate_limiter\.behind_proxy: must be true or false/],
    [`${LIMITER}trusted_proxies = ["x"]`, /:6: .*not a network/],
    ['[metrics]\nlisten_socket = "9000"', /:2: metrics\.listen_socket: must be an address and port/],
    ['[logging]\nlevel = "loud"', /:2: logging\.level: must be one of "trace", "debug"/],
    ['[http', /:1:\d+: /],
  ])('%j is refused with its place', async (text, message) => {
    await expect(readConfig(text)).rejects.toThrow(message)
    await expect(readConfig(text)).rejects.toMatchObject({ code: 'config' })
  })

  it('that was named must exist', async () => {
    await expect(read(['-c', join(folder, 'none.toml')])).rejects.toThrow('the file does not exist')
  })
})

describe('quotas', () => {
  const parse = (text: string) =>
    configSchema.safeParse({
      rate_limiter: { behind_proxy: false, quota: text, dht_quota: '1r/s', user_dht_quota: '1r/s' },
    })

  it.each(vectors.quota.accept)('$text', ({ text, requests, periodSeconds }) => {
    expect(parse(text).data?.rate_limiter?.quota).toEqual({ requests, periodSeconds })
  })

  it.each([...vectors.quota.reject, { text: '4294967295r/s' }])('$text is refused', ({ text }) => {
    expect(parse(text).success).toBe(false)
  })
})

describe('the log filter', () => {
  it.each([
    ['debug', 'debug'],
    ['pkarr_relay=trace,tower_http=debug', 'trace'],
    ['off', 'silent'],
  ])('%s is %s', async (filter, level) => {
    expect((await read(['-t', filter])).logLevel).toBe(level)
  })

  it('that nobody understands is an error of usage', async () => {
    await expect(read(['-t', 'loud'])).rejects.toMatchObject({ code: 'usage' })
  })
})
