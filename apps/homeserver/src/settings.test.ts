import type { Logger } from '@pubky/server-kit'
import { describe, expect, it } from 'vitest'
import { homeserverConfig } from './config/schema.ts'
import { warnOfSharedAddress } from './settings.ts'

describe('the hint that clients of a proxy share the limits by address', () => {
  const proxy = { trusted_proxies: ['127.0.0.1/32'] }
  it.each([
    ['a public domain on a loopback socket', { pkdns: { icann_domain: 'home.example' } }, 1],
    ['no public domain', {}, 0],
    ['no domain at all', { pkdns: { icann_domain: '' } }, 0],
    ['a named proxy', { pkdns: { icann_domain: 'home.example' }, drive: proxy }, 0],
    ['no limits', { pkdns: { icann_domain: 'home.example' }, drive: { rate_limits: [] } }, 0],
  ])('%s', (_, input, expected) => {
    let hints = 0
    const log: Pick<Logger, 'info'> = { info: () => hints++ }
    warnOfSharedAddress(homeserverConfig(input), log)
    expect(hints).toBe(expected)
  })
})
