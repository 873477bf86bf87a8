import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GrantManager, type Session } from '../src/index.ts'
import vectors from '../vectors/sdk-0-17.json' with { type: 'json' }
import { withGrants } from './grant-script.ts'
import { ScriptedNetwork, type SeenRequest } from './scripted-network.ts'

/** Headers that say what a request means; the others belong to the HTTP client. */
const TELLING = ['authorization', 'content-type', 'if', 'lock-token', 'pubky-host', 'timeout']

let network: ScriptedNetwork
let session: Session

beforeEach(async () => {
  network = await ScriptedNetwork.start()
  network.script = withGrants(network, ({ method }) =>
    method === 'LOCK'
      ? {
          headers: {
            'lock-token': '<opaquelocktoken:6a0c1b0e-0000-4000-8000-000000000001>',
            timeout: `Second-${vectors.wire.lock_granted_seconds}`,
          },
        }
      : method === 'GET'
        ? { body: '[]' }
        : { status: 201 },
  )
  session = await network.pubky().signer(network.user).signin('chat.example')
})

afterEach(async () => {
  await network[Symbol.asyncDispose]()
})

/** What reached the server since the last call, in the form of the vectors. */
function taken(): unknown[] {
  return network.seen.splice(0).map(told)
}

function told({ method, target, headers, body }: SeenRequest): unknown {
  const telling = Object.fromEntries(
    TELLING.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, String(value).replace(/token-\d+x+/, '<token>')]]
    }),
  )
  const text = body.toString()
  return {
    request: `${method} ${target}`,
    headers: telling,
    ...(text !== '' && {
      body: text.startsWith('{"grant"') ? '{"grant":"<grant jws>","pop":"<fresh pubky-pop jws>"}' : text,
    }),
  }
}

/** The requests of a vector, headers that are empty in it included. */
function expected(
  name: 'signin' | 'put' | 'grant_list' | 'signout_proof' | 'signout_bearer' | 'locks' | 'old_server_storage',
): unknown {
  return vectors.wire[name]
}

describe('requests are those of the official SDK 0.17.1 (spec 05 §15.1)', () => {
  it('signing in', () => {
    expect(taken()).toEqual(expected('signin'))
  })

  it('writing, with /info asked once a minute', async () => {
    taken()
    await session.storage.putText('/pub/a.txt', 'x')
    expect(taken()).toEqual(expected('put'))
    await session.storage.putText('/pub/a.txt', 'x')
    expect(taken()).toHaveLength(1)
  })

  it('locks', async () => {
    taken()
    const { storage } = session
    const lock = await storage.lock('/pub/a.txt', 45.9)
    expect(lock.timeoutSeconds).toBe(vectors.wire.lock_granted_seconds)
    await storage.refreshLock(lock, 0.01)
    await storage.putLocked(lock, new TextEncoder().encode('y'))
    await storage.deleteLocked(lock)
    await storage.unlock(lock)
    expect(taken().slice(1)).toEqual(expected('locks'))
  })

  it('listing grants', async () => {
    taken()
    await new GrantManager(session).list()
    expect(taken()).toEqual(expected('grant_list'))
  })

  it('signing out by proof', async () => {
    taken()
    await session.signout()
    expect(taken().slice(1)).toEqual(expected('signout_proof'))
  })

  it('signing out by bearer from a server that knows no proofs', async () => {
    network.features = []
    taken()
    await session.signout()
    expect(taken().slice(1)).toEqual(expected('signout_bearer'))
  })

  it('storage and locks of a server without path-addressed storage', async () => {
    network.features = []
    taken()
    await session.storage.putText('/pub/a.txt', 'x')
    await session.storage.lock('/pub/a.txt', 5)
    expect(taken()).toEqual(expected('old_server_storage'))
  })

  it('a public event stream', async () => {
    taken()
    const stream = await network.pubky().eventStreamForUser(session.info.publicKey, null).subscribe()
    await stream.cancel()
    expect(taken()).toEqual(vectors.wire.event_stream)
  })
})

describe('paths are encoded exactly once', () => {
  it('so that a session and a public reader name the same file', async () => {
    const { storage } = session
    await storage.putText('/pub/My File.txt', '')
    await network.pubky().publicStorage.getText(`pubky${network.user.publicKey.z32()}/pub/My File.txt`)
    const paths = network.seen.filter(({ target }) => target.includes('/pub/')).map(({ target }) => target)
    expect(new Set(paths).size).toBe(1)
    expect(paths[0]).toMatch(/\/pub\/My%20File\.txt$/)
  })
})
