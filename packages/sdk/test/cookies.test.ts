import { expect, it } from 'vitest'
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
