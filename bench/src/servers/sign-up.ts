import { Keypair } from '@pubky/crypto'
import { createAuthToken, parseCapabilities } from '@pubky/protocol'
import type { ServerProcess } from './server.ts'

/** A homeserver with one signed-up user: where a case sends its requests. */
export interface Target {
  readonly port: number
  readonly pid: number
  readonly keypair: Keypair
  /** The user's key, z-base-32. */
  readonly user: string
  /** `Cookie` header of a root session of that user. */
  readonly cookie: string
}

let lastMicros = 0n

/** A proof of who the user is; each can be used once. */
export function authToken(keypair: Keypair): Uint8Array<ArrayBuffer> {
  const now = BigInt(Date.now()) * 1000n
  lastMicros = now > lastMicros ? now : lastMicros + 1n
  return new Uint8Array(createAuthToken(keypair, parseCapabilities('/:rw'), lastMicros).bytes)
}

/** Signs a fresh user up at any homeserver that takes everybody. */
export async function signUp({ port, pid }: Pick<ServerProcess, 'port' | 'pid'>): Promise<Target> {
  const keypair = Keypair.random()
  const response = await fetch(`http://127.0.0.1:${port}/signup`, { method: 'POST', body: authToken(keypair) })
  if (!response.ok) throw new Error(`sign-up: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  return { port, pid, keypair, user: keypair.publicKey.z32(), cookie }
}
