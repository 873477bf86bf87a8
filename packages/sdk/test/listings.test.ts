import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EncryptedStorage, type PublicStorage, ScopedEncryptionKeys } from '../src/index.ts'
import { withGrants } from './grant-script.ts'
import { type Script, ScriptedNetwork, type SeenRequest } from './scripted-network.ts'

const FOLDER = '/pub/notes.example/'

let network: ScriptedNetwork
let publicStorage: PublicStorage

beforeEach(async () => {
  network = await ScriptedNetwork.start()
  publicStorage = network.pubky().publicStorage
})

afterEach(async () => {
  await network[Symbol.asyncDispose]()
})

/** Names of a folder in order. */
function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `n${String(index).padStart(5, '0')}`)
}

/** Answers of a homeserver that gives at most `pageSize` names at once, as text or as JSON. */
function listing(files: readonly string[], pageSize: number): Script {
  return ({ target, headers }) => {
    const query = new URLSearchParams(target.split('?')[1])
    const cursor = query.get('cursor')?.split('/').at(-1) ?? ''
    const asked = Number(query.get('limit') ?? 100)
    const page = files.filter((name) => name > cursor).slice(0, Math.min(pageSize, asked))
    if (headers.accept === 'application/json') {
      return { body: JSON.stringify({ entries: page.map((name) => ({ path: FOLDER + name, length: 1 })) }) }
    }
    return { body: page.map((name) => `pubky://${network.user.publicKey.z32()}${FOLDER}${name}`).join('\n') }
  }
}

async function entriesOf(options?: { limit?: number }): Promise<string[]> {
  const found: string[] = []
  const address = `pubky${network.user.publicKey.z32()}${FOLDER}` as const
  for await (const { path } of publicStorage.entries(address, options)) found.push(path.slice(FOLDER.length))
  return found
}

/** Listings that were asked for. */
function listings(): readonly SeenRequest[] {
  return network.seen.filter(({ target }) => target.includes('limit='))
}

describe.each([['text'], ['listing-metadata']])('all entries of a folder, %s', (feature) => {
  beforeEach(() => {
    network.features = ['path-addressed-storage', feature]
  })

  it.each([
    // A page that cannot have been cut is the last.
    { files: 0, pageSize: 1000, requests: 1 },
    { files: 99, pageSize: 1000, requests: 1 },
    { files: 1999, pageSize: 1000, requests: 2 },
    { files: 2000, pageSize: 1000, requests: 3 },
    { files: 250, pageSize: 100, requests: 3 },
    // This one can.
    { files: 300, pageSize: 1000, requests: 2 },
    { files: 1200, pageSize: 500, requests: 3 },
  ])('$files of a server with pages of $pageSize take $requests requests', async ({ files, pageSize, requests }) => {
    network.script = listing(names(files), pageSize)
    expect(await entriesOf()).toEqual(names(files))
    expect(listings()).toHaveLength(requests)
  })

  it('are no more than asked for', async () => {
    network.script = listing(names(700), 300)
    expect(await entriesOf({ limit: 450 })).toEqual(names(450))
    expect(await entriesOf({ limit: 5 })).toEqual(names(5))
    expect(listings()).toHaveLength(3)
  })

  it('end with an error when a page leads back to itself', async () => {
    network.script = (request) => listing(names(100), 1000)({ ...request, target: '/?limit=1000' })
    await expect(entriesOf()).rejects.toMatchObject({
      name: 'RequestError',
      message: expect.stringContaining('listing does not go on after'),
      data: { kind: 'decode' },
    })
    expect(listings()).toHaveLength(2)
  })

  it('may be deleted one by one', async () => {
    const files = names(150)
    network.script = (request) => (listings().length > 1 ? { status: 404 } : listing(files, 1000)(request))
    expect(await entriesOf()).toEqual(files)
  })

  it('of a folder that is not there end with 404', async () => {
    network.script = () => ({ status: 404 })
    await expect(entriesOf()).rejects.toMatchObject({ data: { statusCode: 404 } })
  })
})

it('an encrypted folder is listed to its end, whatever the pages of its server are', async () => {
  network.script = withGrants(network, listing(names(250), 100))
  const session = await network.pubky().signer(network.user).signin('app.example')
  const storage = EncryptedStorage.open(session, FOLDER, ScopedEncryptionKeys.fromKeypair(network.user, [FOLDER]))
  expect(await storage.list()).toEqual(names(250))
  network.script = (request) => listing(names(100), 1000)({ ...request, target: '/?limit=1000' })
  await expect(storage.list()).rejects.toThrow('listing does not go on after')
})
