import { PublicKey } from '@pubky/crypto'
import { describe, expect, test } from 'vitest'
import { CIPHER_SUITES } from '../src/cipher-suites.ts'
import { ClientHandshake } from '../src/client-handshake.ts'
import { Connection } from '../src/connection.ts'
import { NAMED_GROUPS } from '../src/key-exchange.ts'
import { finishedMac, KeySchedule } from '../src/key-schedule.ts'
import {
  certificateVerifyInput,
  encodeCertificate,
  encodeCertificateVerify,
  encodeEncryptedExtensions,
  encodeFinished,
} from '../src/messages.ts'
import { RecordProtection } from '../src/record-protection.ts'
import { encodeServerHello } from '../src/server-hello.ts'
import { Transcript } from '../src/transcript.ts'
import { plainHandshakeRecord } from './hello-editor.ts'
import { fixedEntropy, received, sent, serverKeypair } from './memory.ts'
import { sealRecord } from './scripted-server.ts'
import { hex, vectors } from './vectors.ts'

const { tls13Rpk } = vectors
const writes = tls13Rpk.wire_writes_in_order

function wireOf(from: 'client' | 'server'): string[] {
  return writes.filter((write) => write.from === from).map((write) => write.hex)
}

describe('the deterministic trace of spec 04 §6.3', () => {
  test('our client writes it byte for byte', () => {
    const entropy = fixedEntropy(
      [hex(tls13Rpk.client_random), hex(tls13Rpk.session_id)],
      hex(tls13Rpk.client_x25519_private),
    )
    const serverKeys = [PublicKey.fromBytes(serverKeypair.publicKey.bytes)]
    const handshake = new ClientHandshake({ serverKeys, servername: tls13Rpk.sni }, entropy)
    const client = new Connection({ handshake, now: () => 0 })
    const [hello, ...answers] = wireOf('client')
    const flight = wireOf('server')
    const pong = flight.pop()
    expect(sent(client).toString('hex')).toBe(hello)
    for (const write of flight) client.receive(hex(write))
    client.write([Buffer.from('ping')])
    expect(sent(client).toString('hex')).toBe(answers.join(''))
    client.receive(hex(pong ?? ''))
    expect(received(client).toString()).toBe('pong')
    expect(client.failure).toBeUndefined()
  })

  test("the server's messages and records come out byte for byte", () => {
    const suite = CIPHER_SUITES[0]!
    const { messages } = tls13Rpk
    const entropy = fixedEntropy([], hex(tls13Rpk.server_x25519_private))
    const share = entropy.keyShare(NAMED_GROUPS[0])
    const clientShare = hex(messages.client_hello).subarray(-32)
    const transcript = new Transcript()
    transcript.add(hex(messages.client_hello))
    transcript.use(suite)
    const add = (message: Buffer): Buffer => {
      transcript.add(message)
      return message
    }
    const serverHello = add(encodeServerHello(hex(tls13Rpk.server_random), hex(tls13Rpk.session_id), suite, share))
    expect(serverHello.toString('hex')).toBe(messages.server_hello)
    const schedule = new KeySchedule(suite)
    const secrets = schedule.handshakeSecrets(share.agree(clientShare), transcript.digest())
    // The trace is of a prototype that does not acknowledge server_name.
    const flight = [add(encodeEncryptedExtensions(false)), add(encodeCertificate(serverKeypair.publicKey.bytes))]
    flight.push(add(encodeCertificateVerify(serverKeypair.sign(certificateVerifyInput(transcript.digest())))))
    flight.push(add(encodeFinished(finishedMac(suite, secrets.server, transcript.digest()))))
    expect(flight.map((message) => message.toString('hex'))).toEqual([
      messages.encrypted_extensions,
      messages.certificate,
      messages.certificate_verify,
      messages.server_finished,
    ])
    const application = schedule.applicationSecrets(transcript.digest())
    const records = [
      plainHandshakeRecord(serverHello),
      hex('140303000101'),
      sealRecord(new RecordProtection(suite, secrets.server), 22, Buffer.concat(flight)),
      sealRecord(new RecordProtection(suite, application.server), 23, Buffer.from('pong')),
    ]
    expect(records.map((record) => record.toString('hex'))).toEqual(wireOf('server'))
  })
})
