import { Keypair } from '@pubky/crypto'
import { describe, expect, test } from 'vitest'
import { CIPHER_SUITES } from '../src/cipher-suites.ts'
import { ClientHandshake } from '../src/client-handshake.ts'
import { Connection } from '../src/connection.ts'
import { EXTENSION, MESSAGE_TYPE, RECORD_TYPE } from '../src/constants.ts'
import { NAMED_GROUPS } from '../src/key-exchange.ts'
import { encodeCertificate, encodeKeyUpdate } from '../src/messages.ts'
import { encodeHelloRetryRequest } from '../src/server-hello.ts'
import { extension, handshakeMessage, u8, u16, vector8, vector16, vector24 } from '../src/writer.ts'
import { plainHandshakeRecord, plainRecord, splitRecords } from './hello-editor.ts'
import { cheapEntropy, received, SERVERNAME, sent, serverKeypair } from './memory.ts'
import { answerHello, type Script, type ScriptedAnswer, sealRecord } from './scripted-server.ts'
import { vectors } from './vectors.ts'

const { clientNegatives } = vectors.tls13Rpk
const entropy = cheapEntropy()

function newClient(): { client: Connection; hello: Buffer } {
  const handshake = new ClientHandshake(
    { serverKeys: [serverKeypair.publicKey], servername: SERVERNAME },
    cheapEntropy(),
  )
  const client = new Connection({ handshake, now: () => 0 })
  return { client, hello: sent(client).subarray(5) }
}

/** A client that has seen the whole answer of a scripted server. */
function afterAnswer(script: Script, keypair = serverKeypair): Connection {
  return answered(script, keypair).client
}

function answered(script: Script, keypair = serverKeypair): { client: Connection; answer: ScriptedAnswer } {
  const { client, hello } = newClient()
  const answer = answerHello(hello, keypair, entropy, script)
  client.receive(Buffer.concat([answer.serverHello, answer.flight]))
  return { client, answer }
}

function encryptedExtensions(...extensions: readonly Buffer[]): Script {
  return { encryptedExtensions: handshakeMessage(MESSAGE_TYPE.encryptedExtensions, vector16(...extensions)) }
}

const rawPublicKey = extension(EXTENSION.serverCertificateType, u8(2))
const rightEntry = encodeCertificate(serverKeypair.publicKey.bytes).subarray(8)
const certificate = (...entries: readonly Buffer[]): Buffer =>
  handshakeMessage(MESSAGE_TYPE.certificate, vector8(), vector24(...entries))

function changed(message: Buffer, offset: number, value?: number): Buffer {
  const copy = Buffer.from(message)
  copy[offset] = value ?? copy[offset]! ^ 1
  return copy
}

function afterRetry(...groups: readonly (0 | 1)[]): Connection {
  const { client, hello } = newClient()
  const sessionId = hello.subarray(39, 71)
  for (const group of groups) {
    client.receive(plainHandshakeRecord(encodeHelloRetryRequest(sessionId, CIPHER_SUITES[0]!, NAMED_GROUPS[group])))
  }
  return client
}

/** How each input of the vectors is made. */
const inputs: Readonly<Record<string, () => Connection>> = {
  'EncryptedExtensions without server_certificate_type 2': () => afterAnswer(encryptedExtensions()),
  'EncryptedExtensions with an extension not offered': () =>
    afterAnswer(encryptedExtensions(rawPublicKey, extension(16, vector16(vector8(Buffer.from('http/1.1')))))),
  'certificate entry is not the 44-byte Ed25519 SPKI': () =>
    afterAnswer({ certificate: certificate(vector24(Buffer.alloc(43)), vector16()) }),
  'SPKI key not among the expected keys': () => afterAnswer({}, Keypair.fromSecret(Buffer.alloc(32, 2))),
  'more than one certificate entry': () => afterAnswer({ certificate: certificate(rightEntry, rightEntry) }),
  'CertificateVerify scheme not 0807': () =>
    afterAnswer({ certificateVerify: (right) => changed(changed(right, 4, 0x04), 5, 0x03) }),
  'CertificateVerify signature wrong': () =>
    afterAnswer({ certificateVerify: (right) => changed(right, right.length - 1) }),
  'CertificateRequest from server': () =>
    afterAnswer({
      flight: ([extensions, ...rest]) => [extensions!, handshakeMessage(13, vector8(), vector16()), ...rest],
    }),
  'second HelloRetryRequest': () => afterRetry(1, 1),
  'HelloRetryRequest for the group already offered': () => afterRetry(0),
  'session id echo differs': () => afterAnswer({ serverHello: (right) => changed(right, 39) }),
  'KeyUpdate not at a record boundary': () => {
    const { client, answer } = answered({})
    const twice = Buffer.concat([encodeKeyUpdate(false), encodeKeyUpdate(false)])
    client.receive(sealRecord(answer.sealing, RECORD_TYPE.handshake, twice))
    return client
  },
}

/** The ServerHello: 4 header, 2 version, 32 random, 1 + 32 session id, 2 suite, 1 compression, 2 length, extensions. */
const SUITE_AT = 71
const COMPRESSION_AT = 73
const GROUP_AT = 80

const withExtensions = (right: Buffer, ...extensions: readonly Buffer[]): Buffer =>
  handshakeMessage(MESSAGE_TYPE.serverHello, right.subarray(4, COMPRESSION_AT + 1), vector16(...extensions))
const version = extension(EXTENSION.supportedVersions, u16(0x0304))
const keyShareOf = (right: Buffer): Buffer => right.subarray(76, 76 + 40)

const more: readonly (readonly [input: string, alert: number, make: () => Connection])[] = [
  ['suite not offered', 47, () => afterAnswer({ serverHello: (right) => changed(right, SUITE_AT + 1, 0x04) })],
  ['compression', 47, () => afterAnswer({ serverHello: (right) => changed(right, COMPRESSION_AT, 1) })],
  [
    'share for a group without our share',
    47,
    () => afterAnswer({ serverHello: (right) => changed(right, GROUP_AT + 1, 0x17) }),
  ],
  [
    'no supported_versions: an older TLS',
    70,
    () => afterAnswer({ serverHello: (right) => withExtensions(right, keyShareOf(right)) }),
  ],
  [
    'supported_versions with TLS 1.2',
    47,
    () =>
      afterAnswer({
        serverHello: (right) =>
          withExtensions(right, keyShareOf(right), extension(EXTENSION.supportedVersions, u16(0x0303))),
      }),
  ],
  ['no key_share', 109, () => afterAnswer({ serverHello: (right) => withExtensions(right, version) })],
  [
    'pre_shared_key, which was not offered',
    110,
    () =>
      afterAnswer({
        serverHello: (right) =>
          withExtensions(right, keyShareOf(right), version, extension(EXTENSION.preSharedKey, u16(0))),
      }),
  ],
  [
    'extension twice in ServerHello',
    47,
    () => afterAnswer({ serverHello: (right) => withExtensions(right, keyShareOf(right), version, version) }),
  ],
  [
    'all-zero x25519 share',
    47,
    () =>
      afterAnswer({
        serverHello: (right) =>
          withExtensions(right, extension(EXTENSION.keyShare, u16(0x001d), vector16(Buffer.alloc(32))), version),
      }),
  ],
  [
    'HelloRetryRequest that asks for nothing',
    47,
    () => {
      const { client, hello } = newClient()
      const request = encodeHelloRetryRequest(hello.subarray(39, 71), CIPHER_SUITES[0]!, NAMED_GROUPS[1])
      client.receive(plainHandshakeRecord(withExtensions(request, version)))
      return client
    },
  ],
  ['X.509 chosen', 40, () => afterAnswer(encryptedExtensions(extension(EXTENSION.serverCertificateType, u8(0))))],
  [
    'key_share in EncryptedExtensions',
    47,
    () => afterAnswer(encryptedExtensions(rawPublicKey, extension(EXTENSION.keyShare, u16(0x001d)))),
  ],
  [
    'server_name acknowledgement with content',
    50,
    () => afterAnswer(encryptedExtensions(rawPublicKey, extension(EXTENSION.serverName, u8(0)))),
  ],
  ['no certificate entry', 50, () => afterAnswer({ certificate: certificate() })],
  [
    'SPKI of another algorithm',
    43,
    () => afterAnswer({ certificate: certificate(vector24(changed(rightEntry.subarray(3, 47), 8)), vector16()) }),
  ],
  [
    'certificate entry with an extension',
    110,
    () => afterAnswer({ certificate: certificate(rightEntry.subarray(0, 47), vector16(extension(5, u8(1)))) }),
  ],
  [
    'certificate with a request context',
    47,
    () =>
      afterAnswer({ certificate: handshakeMessage(MESSAGE_TYPE.certificate, vector8(u8(1)), vector24(rightEntry)) }),
  ],
  [
    'signature of 63 bytes',
    51,
    () =>
      afterAnswer({
        certificateVerify: (right) =>
          handshakeMessage(MESSAGE_TYPE.certificateVerify, u16(0x0807), vector16(right.subarray(8, 71))),
      }),
  ],
  ['Finished wrong', 51, () => afterAnswer({ finished: (right) => changed(right, 20) })],
  ['Finished too short', 50, () => afterAnswer({ finished: (right) => handshakeMessage(20, right.subarray(4, 35)) })],
  ['no CertificateVerify', 10, () => afterAnswer({ flight: ([a, b, , d]) => [a!, b!, d!] })],
  ['no Certificate', 10, () => afterAnswer({ flight: ([a, , c, d]) => [a!, c!, d!] })],
  ['Finished only', 10, () => afterAnswer({ flight: (messages) => [messages[3]!] })],
  [
    'something behind the Finished in its record',
    10,
    () => afterAnswer({ flight: (messages) => [...messages, encodeKeyUpdate(false)] }),
  ],
  [
    'EncryptedExtensions in the clear',
    10,
    () => {
      const { client, hello } = newClient()
      const answer = answerHello(hello, serverKeypair, entropy)
      client.receive(
        Buffer.concat([
          answer.serverHello,
          plainHandshakeRecord(encryptedExtensions(rawPublicKey).encryptedExtensions!),
        ]),
      )
      return client
    },
  ],
  [
    'something behind the ServerHello in its record',
    10,
    () => {
      const { client, hello } = newClient()
      const [record] = splitRecords(answerHello(hello, serverKeypair, entropy).serverHello)
      client.receive(plainHandshakeRecord(Buffer.concat([record!.content, Buffer.of(8)])))
      return client
    },
  ],
  [
    'application data before the ServerHello',
    10,
    () => {
      const { client } = newClient()
      client.receive(plainRecord(RECORD_TYPE.applicationData, Buffer.alloc(32)))
      return client
    },
  ],
  [
    'handshake message above 64 KiB',
    50,
    () => {
      const { client } = newClient()
      client.receive(plainHandshakeRecord(Buffer.of(2, 1, 0, 1)))
      return client
    },
  ],
  [
    'KeyUpdate with request 2',
    47,
    () => {
      const { client, answer } = answered({})
      client.receive(sealRecord(answer.sealing, RECORD_TYPE.handshake, handshakeMessage(MESSAGE_TYPE.keyUpdate, u8(2))))
      return client
    },
  ],
  [
    'CertificateRequest after the handshake',
    10,
    () => {
      const { client, answer } = answered({})
      client.receive(sealRecord(answer.sealing, RECORD_TYPE.handshake, handshakeMessage(13, vector8(), vector16())))
      return client
    },
  ],
]

describe('what a client refuses (spec 04 §6.3, §6.4)', () => {
  test('each input of the vectors is made here', () => {
    expect(Object.keys(inputs).sort()).toEqual(clientNegatives.map(({ input }) => input).sort())
  })

  test.each(clientNegatives)('$input → $alert', ({ input, alert }) => {
    expect(inputs[input]?.().failure).toMatchObject({ alert })
  })

  test.each(more)('%s → %i', (_input, alert, make) => {
    expect(make().failure).toMatchObject({ alert })
  })

  test('a wrong key has a code of its own, and the alert goes out encrypted after change_cipher_spec', () => {
    const client = afterAnswer({}, Keypair.fromSecret(Buffer.alloc(32, 2)))
    expect(client.failure).toMatchObject({ code: 'wrong-key', alert: 42 })
    expect(splitRecords(sent(client)).map(({ type, content }) => [type, content.length])).toEqual([
      [RECORD_TYPE.changeCipherSpec, 1],
      [RECORD_TYPE.applicationData, 19],
    ])
  })
})

describe('what a client accepts', () => {
  test('the flight in one record, in one record a message, in records of one byte', () => {
    const cuts: Script[] = [
      {},
      { cut: (flight) => [flight.subarray(0, 15), flight.subarray(15)] },
      { cut: (flight) => [...flight].map((byte) => Buffer.of(byte)) },
    ]
    for (const script of cuts) expect(afterAnswer(script).result?.peerKey).toBe(serverKeypair.publicKey)
  })

  test('EncryptedExtensions in any order, with supported_groups', () => {
    const groups = extension(EXTENSION.supportedGroups, vector16(u16(0x0018)))
    const name = extension(EXTENSION.serverName)
    expect(afterAnswer(encryptedExtensions(groups, rawPublicKey, name)).failure).toBeUndefined()
  })

  test('session tickets, which it ignores', () => {
    const { client, answer } = answered({})
    const ticket = Buffer.from(vectors.tls_captured.handshakes[0]!.newSessionTickets![0]!, 'hex')
    client.receive(sealRecord(answer.sealing, RECORD_TYPE.handshake, Buffer.concat([ticket, ticket])))
    client.receive(sealRecord(answer.sealing, RECORD_TYPE.applicationData, Buffer.from('data')))
    expect(received(client).toString()).toBe('data')
  })

  test('the key of any of several expected servers', () => {
    const serverKeys = [Keypair.fromSecret(Buffer.alloc(32, 2)).publicKey, serverKeypair.publicKey]
    const handshake = new ClientHandshake({ serverKeys, servername: SERVERNAME }, cheapEntropy())
    const client = new Connection({ handshake, now: () => 0 })
    const answer = answerHello(sent(client).subarray(5), serverKeypair, entropy)
    client.receive(Buffer.concat([answer.serverHello, answer.flight]))
    expect(client.result?.peerKey).toBe(serverKeypair.publicKey)
  })

  test('one HelloRetryRequest with a cookie, which it sends back', () => {
    const { client, hello } = newClient()
    const request = encodeHelloRetryRequest(hello.subarray(39, 71), CIPHER_SUITES[0]!, NAMED_GROUPS[1])
    const cookie = extension(EXTENSION.cookie, vector16(Buffer.from('cookie')))
    client.receive(
      plainHandshakeRecord(withExtensions(request, version, extension(EXTENSION.keyShare, u16(0x0017)), cookie)),
    )
    const [compatibility, second] = splitRecords(sent(client))
    expect(compatibility?.type).toBe(RECORD_TYPE.changeCipherSpec)
    expect(second?.whole.subarray(0, 3).toString('hex')).toBe('160303')
    expect(second?.content.includes(cookie)).toBe(true)
  })
})
