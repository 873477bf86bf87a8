import { Keypair as CryptoKeypair } from '@pubky/crypto'
import { encodeSessionRecord } from '@pubky/protocol'
import { expect, it } from 'vitest'
import { AuthFlowKind } from '../src/index.ts'
import { ScriptedNetwork } from './scripted-network.ts'

/** `fetch` with a jar of its own, as `fetch-cookie` wraps it for the official SDK in Node. */
function withJar(fetch: typeof globalThis.fetch, cookie: string): typeof globalThis.fetch {
  return async (input, init) => {
    const { headers } = init ?? {}
    if (!(headers instanceof Headers)) return await fetch(input, { ...init, headers: { ...headers, cookie } })
    headers.append('cookie', cookie)
    return await fetch(input, init)
  }
}

it('a cookie of ours reaches the server though the program wraps fetch with a jar', async () => {
  await using network = await ScriptedNetwork.start()
  const { fetch } = globalThis
  globalThis.fetch = withJar(fetch, 'other=1')
  try {
    network.script = () => ({ status: 404 })
    const user = network.user.publicKey.z32()
    await expect(network.pubky().restoreSession(`${user}:secret`)).rejects.toMatchObject({
      name: 'AuthenticationError',
    })
    expect(network.seen.at(-1)?.headers.cookie).toBe(`${user}=secret; other=1`)
  } finally {
    globalThis.fetch = fetch
  }
})

it('a homeserver cannot make a user somebody else', async () => {
  await using network = await ScriptedNetwork.start()
  const victim = CryptoKeypair.random().publicKey
  const record = { publicKey: victim, createdAt: 0n, name: '', userAgent: '', capabilities: [] }
  network.script = () => ({
    headers: { 'set-cookie': `${victim.z32()}=secret` },
    body: encodeSessionRecord(record),
  })
  const pubky = network.pubky()
  const signer = pubky.signer(network.user)
  const refused = { name: 'AuthenticationError', message: expect.stringContaining('another user') }
  const flow = pubky.startCookieAuthFlow('/pub/app/:rw', AuthFlowKind.signin(), network.relay)
  await signer.approveAuthRequest(flow.authorizationUrl)
  await expect(flow.awaitApproval()).rejects.toMatchObject(refused)
  await expect(signer.signinCookie()).rejects.toMatchObject(refused)
  await expect(pubky.restoreSession(`${network.user.publicKey.z32()}:secret`)).rejects.toMatchObject(refused)
})
