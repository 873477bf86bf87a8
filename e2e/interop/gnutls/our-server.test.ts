import { Keypair } from '@pubky/crypto'
import { createServer, type TlsError, type TlsSocket } from '@pubky/tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingPeer } from '../../peers.ts'
import { dribble } from './dribble.ts'
import { gnutlsAvailable, gnutlsClient, gnutlsHint, priority, SUITES } from './gnutls.ts'

const skip = missingPeer('GnuTLS', gnutlsAvailable, gnutlsHint)
const keypair = Keypair.fromSecret(new Uint8Array(32).fill(1))
const SNI = `_pubky.${keypair.publicKey.z32()}`
const LINE = `${'x'.repeat(199)}\n`

/** Groups as gnutls-cli offers them, with a share for the first alone, and what our server makes of them. */
const OFFERS = [
  { groups: ['X25519', 'SECP256R1'], group: 'x25519', retry: false },
  { groups: ['SECP256R1', 'X25519'], group: 'secp256r1', retry: false },
  { groups: ['SECP384R1', 'X25519'], group: 'x25519', retry: true },
  { groups: ['SECP384R1', 'SECP256R1'], group: 'secp256r1', retry: true },
] as const

describe.skipIf(skip)('gnutls-cli at our server', () => {
  const sockets: TlsSocket[] = []
  const failures: TlsError[] = []
  const server = createServer({ keypair, onHandshakeError: (error) => failures.push(error) }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  let slow: Awaited<ReturnType<typeof dribble>>

  beforeAll(async () => {
    await server.listen({ port: 0, host: '127.0.0.1' })
    slow = await dribble(server.port)
  })
  afterAll(async () => {
    await slow[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  for (const [cipher, suite] of Object.entries(SUITES)) {
    for (const { groups, group, retry } of OFFERS) {
      for (const through of ['straight', 'byte by byte'] as const) {
        test(`${cipher}, ${groups.join(' then ')}${retry ? ' with HelloRetryRequest' : ''}, ${through}`, async () => {
          const port = through === 'straight' ? server.port : slow.port
          await using client = gnutlsClient(
            port,
            priority(cipher, groups),
            ...['--single-key-share', '--inline-commands', '--sni-hostname', SNI],
          )
          const seen = sockets.length
          await expect.poll(() => sockets.length, { timeout: 5000 }).toBe(seen + 1)
          const socket = sockets.at(-1)
          expect(socket).toMatchObject({ cipherSuite: suite, group, servername: SNI })
          const lines = through === 'straight' ? 500 : 3
          const expected: string[] = []
          // Data, GnuTLS changes its key, data, asks for ours too, data, we change ours and ask for its, data.
          for (const command of ['', '^rekey1^\n', '^rekey^\n', 'ours']) {
            if (command === 'ours') socket?.updateKey(true)
            else if (command) client.write(command)
            client.write(LINE.repeat(lines))
            expected.push(LINE.repeat(lines))
            const count = expected.join('').length
            await expect
              .poll(() => client.output.split('x').length - 1, { timeout: 20_000 })
              .toBe(count - expected.length * lines)
          }
          expect(client.output).toContain('Raw Public Key')
          // A command that gnutls-cli did not know would have been sent and echoed as data.
          expect(client.output).not.toContain('rekey')
          expect(socket?.destroyed).toBe(false)
        })
      }
    }
  }

  test('a client that only knows X.509 is refused with handshake_failure', async () => {
    await using client = gnutlsClient(server.port, 'NORMAL:-VERS-ALL:+VERS-TLS1.3')
    await client.exited()
    expect(client.output).toContain('Handshake failed')
    expect(failures.at(-1)).toMatchObject({ code: 'no-agreement', alert: 40 })
  })

  test('a client of TLS 1.2 is refused with protocol_version', async () => {
    await using client = gnutlsClient(server.port, 'NORMAL:-VERS-ALL:+VERS-TLS1.2')
    await client.exited()
    expect(failures.at(-1)).toMatchObject({ code: 'no-agreement', alert: 70 })
  })

  test('a client without a common group is refused with handshake_failure', async () => {
    await using client = gnutlsClient(server.port, priority('AES-256-GCM', ['SECP521R1']))
    await client.exited()
    expect(failures.at(-1)).toMatchObject({ code: 'no-agreement', alert: 40 })
  })
})
