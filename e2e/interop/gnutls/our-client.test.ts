import { once } from 'node:events'
import { Keypair } from '@pubky/crypto'
import { connect, type TlsSocket } from '@pubky/tls'
import { describe, expect, test } from 'vitest'
import { missingPeer } from '../../peers.ts'
import { dribble } from './dribble.ts'
import { gnutlsAvailable, gnutlsEchoServer, gnutlsHint, priority, SUITES } from './gnutls.ts'

const skip = missingPeer('GnuTLS', gnutlsAvailable, gnutlsHint)
const keypair = Keypair.fromSecret(new Uint8Array(32).fill(1))
const LINE = `${'x'.repeat(199)}\n`

/** Sends lines one after the other and waits for each to come back. */
async function echoLines(socket: TlsSocket, count: number): Promise<void> {
  let back = ''
  for (let line = 1; line <= count; line++) {
    socket.write(LINE)
    while (back.length < line * LINE.length) back += String((await once(socket, 'data'))[0])
  }
  expect(back).toBe(LINE.repeat(count))
}

describe.skipIf(skip)('our client at gnutls-serv', () => {
  for (const [cipher, suite] of Object.entries(SUITES)) {
    // Our client sends a share for x25519, so a server with P-256 alone must ask again.
    for (const [group, name] of [
      ['X25519', 'x25519'],
      ['SECP256R1', 'secp256r1'],
    ] as const) {
      test(`${cipher}, ${group}${group === 'SECP256R1' ? ' with HelloRetryRequest' : ''}`, async () => {
        await using server = await gnutlsEchoServer(keypair, priority(cipher, [group]))
        await using slow = await dribble(server.port)
        for (const [port, lines] of [
          [server.port, 200],
          [slow.port, 2],
        ] as const) {
          const socket = await connect({ host: '127.0.0.1', port, serverKey: keypair.publicKey })
          expect(socket).toMatchObject({ cipherSuite: suite, group: name })
          await echoLines(socket, lines)
          for (const requestPeer of [false, true, true]) {
            socket.updateKey(requestPeer)
            await echoLines(socket, lines)
          }
          socket.destroy()
        }
      })
    }
  }

  test('another key is refused', async () => {
    await using server = await gnutlsEchoServer(keypair, priority('AES-256-GCM', ['X25519']))
    const serverKey = Keypair.fromSecret(new Uint8Array(32).fill(2)).publicKey
    const attempt = connect({ host: '127.0.0.1', port: server.port, serverKey })
    await expect(attempt).rejects.toMatchObject({ code: 'wrong-key', alert: 42 })
    await expect.poll(() => server.program.output).toMatch(/alert|Alert/)
  })

  test('a server without a common group is refused by it', async () => {
    await using server = await gnutlsEchoServer(keypair, priority('AES-256-GCM', ['SECP384R1']))
    const attempt = connect({ host: '127.0.0.1', port: server.port, serverKey: keypair.publicKey })
    await expect(attempt).rejects.toMatchObject({ code: 'alert-received', alert: 40 })
  })
})
