import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Client, Pubky } from '../src/index.ts'
import { withGrants } from './grant-script.ts'
import { ScriptedNetwork } from './scripted-network.ts'

/** What a caller's own signal says. */
const REASON = new Error('navigated away')

let network: ScriptedNetwork

beforeEach(async () => {
  network = await ScriptedNetwork.start()
})

afterEach(async () => {
  await network[Symbol.asyncDispose]()
})

/** Aborts once `work` has been begun, and some time has passed. */
async function cancelled(work: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
  const controller = new AbortController()
  setTimeout(() => controller.abort(REASON), 30)
  return await work(controller.signal).then(
    () => expect.unreachable(),
    (thrown: unknown) => thrown,
  )
}

const never = (): Promise<never> => new Promise(() => {})

describe('a signal ends', () => {
  it('the look-up of a key, which others may share', async () => {
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(0, () => resolve()))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const client = new Client({ pkarr: { relays: [`http://localhost:${port}`], requestTimeout: 60_000 } })
    const key = network.user.publicKey.z32()
    const file = `pubky${key}/pub/a.txt` as const
    const pubky = Pubky.withClient(client)
    const lookUps: ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => pubky.with({ signal }).publicStorage.getText(file),
      (signal) => pubky.publicStorage.download(file, { range: { start: 1 }, signal }),
      (signal) => pubky.with({ signal }).signer(network.user).signinCookie(),
      (signal) => pubky.with({ signal }).restoreSession(`${key}:cookie`),
      async (signal) => {
        for await (const _ of pubky.with({ signal }).publicStorage.entries(`pubky${key}/pub/`)) expect.unreachable()
      },
    ]
    for (const lookUp of lookUps) expect(await cancelled(lookUp)).toBe(REASON)
    expect(await cancelled((signal) => client.with({ signal }).fetch(`https://_pubky.${key}/`))).toBe(REASON)
    // As the official SDK has it for a signal that is given to `fetch` itself.
    expect(await cancelled((signal) => client.fetch(`https://_pubky.${key}/`, { signal }))).toMatchObject({
      name: 'RequestError',
      message: String(REASON),
    })
    silent.closeAllConnections()
    silent.close()
  })

  it('the wait for a new bearer', async () => {
    network.script = withGrants(network, undefined, () => 100)
    const session = await network.pubky().signer(network.user).signin('chat.example')
    network.script = never
    expect(await cancelled((signal) => session.with({ signal }).storage.getText('/pub/a.txt'))).toBe(REASON)
  })

  it('signing out, and the session goes on', async () => {
    let lifetime = 3600
    const script = withGrants(network, undefined, () => lifetime)
    network.script = script
    const session = await network.pubky().signer(network.user).signin('chat.example')
    network.script = (request) => (request.method === 'DELETE' ? never() : script(request))
    expect(await cancelled((signal) => session.with({ signal }).signout())).toBe(REASON)
    // A bearer that the server does not take any more is renewed as before.
    lifetime = 1800
    let refusals = 1
    network.script = (request) => (request.method === 'GET' && refusals-- > 0 ? { status: 401 } : script(request))
    expect((await session.storage.get('/pub/a.txt')).status).toBe(200)
  })

  it('an event stream', async () => {
    network.script = () => ({ headers: { 'content-type': 'text/event-stream' }, isEndless: true })
    const events = (pubky: Pubky) => pubky.eventStreamForUser(network.user.publicKey, null).live()
    const read = async (stream: AsyncIterable<unknown>): Promise<void> => {
      for await (const _ of stream) expect.unreachable()
    }
    expect(await cancelled(async (signal) => read(await events(network.pubky()).signal(signal).subscribe()))).toBe(
      REASON,
    )
    expect(await cancelled(async (signal) => read(await events(network.pubky().with({ signal })).subscribe()))).toBe(
      REASON,
    )
    expect(await cancelled((signal) => read(events(network.pubky().with({ signal })).follow()))).toBe(REASON)
  })
})
