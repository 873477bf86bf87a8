/** Who may do what: the server against a reference model of spec 02 §7.3 to §7.5. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearerOf } from './support/grants.ts'
import { startHomeserver, type TestHomeserver, type TestUser } from './support/homeserver.ts'

let homeserver: TestHomeserver
let owner: TestUser
let other: TestUser
beforeAll(async () => {
  homeserver = await startHomeserver()
  owner = await homeserver.signUp()
  other = await homeserver.signUp()
})
afterAll(() => homeserver[Symbol.asyncDispose]())

type Actor = 'anonymous' | 'cookie' | 'bearer' | 'bearer of another user'
interface Capability {
  readonly scope: string
  readonly actions: string
}

/** Status of a read: undefined when it is allowed. */
function modelRead(actor: Actor, capabilities: readonly Capability[], path: string): number | undefined {
  if (path.startsWith('/pub/')) return undefined
  if (!path.startsWith('/priv/')) return 403
  if (actor === 'anonymous') return 401
  return actor !== 'bearer of another user' && mayDo('r', actor, capabilities, path) ? undefined : 403
}

/** Status of a write: undefined when it is allowed. */
function modelWrite(actor: Actor, capabilities: readonly Capability[], path: string): number | undefined {
  if (actor === 'anonymous') return 401
  if (path.endsWith('/')) return 400
  if (!path.startsWith('/pub/') && !path.startsWith('/priv/')) return 403
  return actor !== 'bearer of another user' && mayDo('w', actor, capabilities, path) ? undefined : 403
}

function mayDo(action: string, actor: Actor, capabilities: readonly Capability[], path: string): boolean {
  const granted = actor === 'cookie' ? [{ scope: '/', actions: 'rw' }] : capabilities
  return granted.some(({ scope, actions }) => {
    const covers = scope.endsWith('/') ? path.startsWith(scope) : path === scope
    return covers && actions.includes(action)
  })
}

const segment = fc.constantFrom('app', 'app-evil', 'a', 'sub')
const root = fc.constantFrom('pub', 'priv', 'other')
const path = fc
  .tuple(root, fc.array(segment, { maxLength: 2 }), fc.boolean())
  .map(([first, rest, isFolder]) => `/${[first, ...rest].join('/')}${isFolder ? '/' : ''}`)
const scope = fc.oneof({ weight: 1, arbitrary: fc.constant('/') }, { weight: 6, arbitrary: path })
const capability = fc.record({ scope, actions: fc.constantFrom('r', 'w', 'rw', 'e', 're', 'we', 'rwe') })
const actor = fc.constantFrom<Actor>('anonymous', 'cookie', 'bearer', 'bearer of another user')

async function credentials(who: Actor, capabilities: readonly Capability[]): Promise<Readonly<Record<string, string>>> {
  if (who === 'anonymous') return {}
  if (who === 'cookie') return { cookie: owner.cookie }
  const text = capabilities.map(({ scope: of, actions }) => `${of}:${actions}`).join(',')
  return bearerOf(homeserver, who === 'bearer' ? owner : other, text)
}

describe('authorisation', () => {
  it('is that of the model', async () => {
    const cases = fc.tuple(actor, fc.array(capability, { minLength: 1, maxLength: 3 }), path)
    await fc.assert(
      fc.asyncProperty(cases, async ([who, capabilities, target]) => {
        const headers = await credentials(who, capabilities)
        const read = await owner.anonymously(target, { headers })
        expect(read.status === 200 || read.status === 404 ? undefined : read.status).toBe(
          modelRead(who, capabilities, target),
        )
        const write = await owner.anonymously(target, { method: 'PUT', body: 'x', headers })
        // A collision with an earlier run is found after authorisation.
        expect(write.status === 201 || write.status === 409 ? undefined : write.status).toBe(
          modelWrite(who, capabilities, target),
        )
      }),
      { numRuns: 120 },
    )
  })

  it('tells nothing about private files to those who may not read them', async () => {
    await owner.send('/priv/there', { method: 'PUT', body: 'x' })
    for (const headers of [{}, await bearerOf(homeserver, other), await bearerOf(homeserver, owner, '/priv/x/:rw')]) {
      for (const method of ['GET', 'HEAD']) {
        const there = await owner.anonymously('/priv/there', { method, headers })
        const missing = await owner.anonymously('/priv/missing', { method, headers })
        expect([there.status, there.text]).toEqual([missing.status, missing.text])
        expect(there.fields('etag')).toEqual([])
      }
    }
  })
})

describe('quota', () => {
  it('holds exactly under 64 parallel uploads', async () => {
    await using limited = await startHomeserver({ storage: { default_quota_mb: 1 } })
    const user = await limited.signUp()
    // 20 files with their 256 bytes of bookkeeping fit into 1 MB, a 21st does not.
    const body = Buffer.alloc(50_000)
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, i) => user.send(`/pub/file-${i}`, { method: 'PUT', body })),
    )
    const stored = answers.filter(({ status }) => status === 201)
    expect(stored).toHaveLength(20)
    expect(answers.filter(({ status }) => status === 507)).toHaveLength(44)
    const details = JSON.parse((await limited.admin(`/users/${user.z32}`)).text)
    expect(details.used_bytes).toBe(20 * (50_000 + 256))
  })
})
