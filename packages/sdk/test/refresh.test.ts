import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Session } from '../src/index.ts'
import vectors from '../vectors/sdk-0-17.json' with { type: 'json' }
import { withGrants } from './grant-script.ts'
import { type ScriptedAnswer, ScriptedNetwork, type SeenRequest } from './scripted-network.ts'

let network: ScriptedNetwork

beforeEach(async () => {
  network = await ScriptedNetwork.start()
})

afterEach(async () => {
  await network[Symbol.asyncDispose]()
})

/** The exchange that signing in has made. */
let exchange: SeenRequest

/** A session whose bearer ends in `left` seconds. */
async function sessionWith(left: number): Promise<Session> {
  network.script = withGrants(network, undefined, () => left)
  const session = await network.pubky().signer(network.user).signin('chat.example')
  exchange = network.seen.splice(0)[0]!
  return session
}

/** Reads a file; its outcome, and the requests it took. */
async function read(session: Session): Promise<{ requests: string[]; outcome: unknown }> {
  const outcome = await session.storage.get('/pub/a.txt').then(
    ({ status }) => ({ ok: status }),
    (error: unknown) => error,
  )
  return { requests: network.seen.map(({ method, target }) => `${method} ${target}`), outcome }
}

const SECONDS_LEFT: Record<string, number> = {
  'not due (3600 s left)': 3600,
  'due(300) but not due(150): 200 s left': 200,
}
const REFUSALS: Record<string, ScriptedAnswer> = {
  'due, server 503': { status: 503, body: 'secret text' },
  'due, bad JSON': { body: 'secret text' },
  'due, revoked 401': { status: 401, body: 'Grant has been revoked' },
}

describe('a bearer is renewed before a request (spec 05 §7.3)', () => {
  for (const vector of vectors.refresh) {
    it(vector.case, async () => {
      const session = await sessionWith(SECONDS_LEFT[vector.case] ?? 100)
      const refusal = REFUSALS[vector.case]
      network.script = withGrants(network)
      if (refusal !== undefined) network.script = () => refusal
      const { requests, outcome } = await read(session)
      expect(requests).toEqual(vector.requests)
      if (vector.error === undefined) {
        expect(outcome).toEqual({ ok: vector.ok })
        return
      }
      expect(outcome).toMatchObject({ name: 'RequestError', message: vector.error })
      expect(outcome).toHaveProperty('data.credentialRefresh', true)
      expect(String(outcome)).not.toContain('secret text')
    })
  }

  it('once for all requests that wait for it', async () => {
    const session = await sessionWith(100)
    network.script = withGrants(network)
    await Promise.all([read(session), read(session), read(session)])
    expect(network.seen.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  it('after a refusal, once, and the request is sent again', async () => {
    const session = await sessionWith(3600)
    const exchanges = withGrants(network)
    await exchanges(exchange)
    network.script = (request) => {
      if (request.method === 'POST') return exchanges(request)
      return { status: request.headers.authorization?.includes('token-2') ? 200 : 401 }
    }
    const { requests, outcome } = await read(session)
    expect(requests.map((request) => request.split(' ')[0])).toEqual(['GET', 'GET', 'POST', 'GET'])
    expect(outcome).toEqual({ ok: 200 })
  })

  it('and a renewal that fails otherwise says so: the user is not signed out', async () => {
    const session = await sessionWith(3600)
    for (const status of [429, 503]) {
      network.script = ({ method }) => ({ status: method === 'POST' ? status : 401 })
      const { outcome } = await read(session)
      expect(outcome).toMatchObject({ data: { statusCode: status, credentialRefresh: true } })
    }
  })

  it('and a refusal that stays is passed on', async () => {
    const session = await sessionWith(3600)
    network.script = () => ({ status: 401, body: 'No authenticated session found' })
    const { outcome } = await read(session)
    expect(outcome).toMatchObject({ data: { statusCode: 401, kind: 'http' } })
    expect(outcome).not.toHaveProperty('data.credentialRefresh')
  })
})
