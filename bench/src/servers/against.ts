import type { ServerProcess } from './server.ts'

/**
 * Another homeserver to run the same cases against: `official` starts the official one, or the URL of one that runs on
 * this machine and lets everybody sign up.
 * @throws Error when it is not there, or is not on this machine
 */
export async function startPeer(against: string): Promise<ServerProcess> {
  if (against === 'official') return await startOfficial()
  const { protocol, hostname, port } = new URL(against)
  if (protocol !== 'http:' || !['127.0.0.1', 'localhost'].includes(hostname)) {
    throw new Error(`--against ${against}: load goes to this machine only, by plain HTTP`)
  }
  return { port: Number(port || 80), pid: 0, async [Symbol.asyncDispose]() {} }
}

/** The official homeserver with a PostgreSQL of its own, as the interoperability tests start it. */
async function startOfficial(): Promise<ServerProcess> {
  const { OfficialLab, officialAvailable, officialHint } = await import(
    '../../../e2e/interop/official-homeserver/official-lab.ts'
  )
  if (!officialAvailable) throw new Error(`the official homeserver is not installed: ${officialHint}`)
  await using stack = new AsyncDisposableStack()
  const lab = stack.use(await OfficialLab.create())
  const server = stack.use(await lab.start({ general: { signup_mode: 'open' } }))
  const running = stack.move()
  return {
    port: Number(new URL(server.endpoints.url).port),
    pid: 0,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
