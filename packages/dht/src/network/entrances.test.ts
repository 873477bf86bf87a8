import { describe, expect, test } from 'vitest'
import { BOOTSTRAP_RESOLVE_MS } from '../constants.ts'
import { DhtError } from '../errors.ts'
import { Entrances, scopeOf } from './entrances.ts'

describe('Entrances', () => {
  test('takes addresses as they are and resolves names, without those it cannot find', async () => {
    const known: Record<string, string[]> = { 'a.test': ['1.1.1.1', '1.1.1.2'] }
    const resolve = async (name: string) => known[name] ?? Promise.reject(new Error('not found'))
    const entrances = new Entrances(['127.0.0.1:1', 'a.test:2', 'b.test:3'], () => 0, resolve)
    expect(await entrances.addresses()).toEqual([
      { host: '127.0.0.1', port: 1 },
      { host: '1.1.1.1', port: 2 },
      { host: '1.1.1.2', port: 2 },
    ])
  })

  test('asks again after a while, and at once when nothing was found', async () => {
    let [time, asked, found]: [number, number, string[]] = [0, 0, []]
    const entrances = new Entrances(
      ['a.test:1'],
      () => time,
      async () => {
        asked++
        return found
      },
    )
    await entrances.addresses()
    found = ['1.1.1.1']
    await entrances.addresses()
    await entrances.addresses()
    expect(asked).toBe(2)
    time = BOOTSTRAP_RESOLVE_MS + 1
    await entrances.addresses()
    expect(asked).toBe(3)
  })

  test.each(['', 'host', 'host:', ':1', 'host:0', 'host:65536', 'host:1:2', 'a b:1', 'http://host:1'])(
    'refuses %j',
    (name) => {
      expect(() => new Entrances([name], () => 0)).toThrow(DhtError)
    },
  )
})

test.each([
  ['no address', [], 'any'],
  ['local ones', ['127.0.0.1', '10.0.0.1'], 'local'],
  ['public ones', ['8.8.8.8'], 'public'],
  ['both', ['8.8.8.8', '127.0.0.1'], 'any'],
])('a network entered through %s', (_, hosts, scope) => {
  expect(scopeOf(hosts.map((host) => ({ host, port: 1 })))).toBe(scope)
})
