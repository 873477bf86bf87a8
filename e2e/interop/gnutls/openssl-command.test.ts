import { spawnSync } from 'node:child_process'
import { Keypair } from '@pubky/crypto'
import { createServer, type TlsError } from '@pubky/tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingPeer } from '../../peers.ts'
import { GnutlsProgram as Program } from './gnutls.ts'

const available = spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0
const skip = missingPeer('the openssl command', available, 'apt-get install openssl')

describe.skipIf(skip)('openssl s_client without raw public keys', () => {
  const failures: TlsError[] = []
  const server = createServer(
    { keypair: Keypair.random(), onHandshakeError: (error) => failures.push(error) },
    (socket) => socket.destroy(),
  )

  beforeAll(() => server.listen({ port: 0, host: '127.0.0.1' }))
  afterAll(() => server[Symbol.asyncDispose]())

  async function attempt(...args: readonly string[]): Promise<string> {
    await using client = new Program('openssl', ['s_client', '-connect', `127.0.0.1:${server.port}`, ...args])
    await client.exited()
    return client.output
  }

  test('TLS 1.3 is refused with handshake_failure (40)', async () => {
    expect(await attempt('-tls1_3')).toMatch(/alert number 40/)
    expect(failures.at(-1)).toMatchObject({ code: 'no-agreement', alert: 40 })
  })

  test('TLS 1.2 is refused with protocol_version (70)', async () => {
    expect(await attempt('-tls1_2')).toMatch(/alert number 70/)
    expect(failures.at(-1)).toMatchObject({ code: 'no-agreement', alert: 70 })
  })

  test('TLS 1.3 with curves of other kinds is refused with handshake_failure', async () => {
    expect(await attempt('-tls1_3', '-groups', 'X448')).toMatch(/alert number 40/)
  })
})
