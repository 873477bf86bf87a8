import { Duplex } from 'node:stream'
import type { Connector } from '@pubky/tls'
import { expect, it } from 'vitest'
import { inTurns, MAX_HANDSHAKES } from './handshake-turns.ts'

it('handshakes with one server take turns, and those with others do not wait for them', async () => {
  const running: { readonly host: string; readonly finish: (error?: Error) => void }[] = []
  const connect: Connector = (options, callback) => {
    const finish = (error?: Error): void => {
      if (error === undefined) callback(null, new Duplex() as never)
      else callback(error, null)
    }
    running.push({ host: options.hostname ?? '', finish })
  }
  const connector = inTurns(connect, async (host) => (host.startsWith('user') ? 'one server' : host))
  const outcomes: (Error | null)[] = []
  const ask = (hostname: string): void => connector({ hostname }, (...[error]) => void outcomes.push(error))

  for (let user = 0; user < 3 * MAX_HANDSHAKES; user++) ask(`user ${user}`)
  ask('another server')
  await new Promise((resolve) => setImmediate(resolve))
  expect(running).toHaveLength(MAX_HANDSHAKES + 1)
  expect(running.at(-1)?.host).toBe('another server')

  for (const { finish } of running) finish(new Error('refused'))
  expect(running).toHaveLength(3 * MAX_HANDSHAKES + 1)
  expect(outcomes).toEqual(Array.from({ length: running.length }, () => new Error('refused')))
})

it('without a server the error is passed on', async () => {
  const unreachable: Connector = () => expect.unreachable()
  const connector = inTurns(unreachable, () => Promise.reject(new Error('no record')))
  const outcome = new Promise((resolve) => connector({ hostname: 'user' }, (...[error]) => resolve(error)))
  expect(await outcome).toEqual(new Error('no record'))
})
