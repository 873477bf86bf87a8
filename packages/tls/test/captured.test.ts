import { PublicKey, verifySignature } from '@pubky/crypto'
import { describe, expect, test } from 'vitest'
import { cipherSuiteOf } from '../src/cipher-suites.ts'
import {
  decodeClientHello,
  keySharesOf,
  serverCertificateTypesOf,
  serverNameOf,
  signatureAlgorithmsOf,
  supportedGroupsOf,
  supportedVersionsOf,
} from '../src/client-hello.ts'
import { Connection } from '../src/connection.ts'
import { EXTENSION, RECORD_TYPE } from '../src/constants.ts'
import { HandshakeReader } from '../src/handshake-reader.ts'
import { finishedMac } from '../src/key-schedule.ts'
import {
  certificateVerifyInput,
  checkEncryptedExtensions,
  decodeCertificate,
  decodeCertificateVerify,
} from '../src/messages.ts'
import { RecordProtection } from '../src/record-protection.ts'
import { ServerHandshake } from '../src/server-handshake.ts'
import { decodeServerHello } from '../src/server-hello.ts'
import { Transcript } from '../src/transcript.ts'
import { u16, vector8, vector16 } from '../src/writer.ts'
import { editHello, type HelloParts, plainHandshakeRecord, setExtension, splitRecords } from './hello-editor.ts'
import { sent, serverKeypair } from './memory.ts'
import { type CapturedHandshake, hex, type ServerAnswer, vectors } from './vectors.ts'

const { tls_captured: captured, tls13Rpk } = vectors

/** Opens all protected records of a run of bytes. */
function opened(
  records: readonly { type: number; whole: Buffer }[],
  protection: RecordProtection,
): { type: number; content: Buffer }[] {
  return records.filter(({ type }) => type === RECORD_TYPE.applicationData).map(({ whole }) => protection.open(whole))
}

function messagesIn(content: Buffer): Buffer[] {
  const reader = new HandshakeReader()
  reader.push(content)
  const messages: Buffer[] = []
  for (let message = reader.next(65_536); message; message = reader.next(65_536)) messages.push(message)
  expect(reader.empty).toBe(true)
  return messages
}

function protectionOf(handshake: CapturedHandshake, secret: keyof CapturedHandshake['secrets']): RecordProtection {
  const suite = cipherSuiteOf(Number.parseInt(handshake.suite, 16))
  return new RecordProtection(suite!, hex(handshake.secrets[secret] ?? ''))
}

describe('ClientHellos of the official client', () => {
  test.each(captured.clientHellos)('$name', ({ hex: bytes }) => {
    const [record] = splitRecords(hex(bytes))
    const hello = decodeClientHello(record!.content)
    expect(serverNameOf(hello)).toMatch(/^(_pubky\.)?[a-z0-9]{52}$/)
    expect(supportedVersionsOf(hello)).toContain(0x0304)
    expect(signatureAlgorithmsOf(hello)).toEqual([0x0807])
    expect(supportedGroupsOf(hello)).toEqual([0x001d, 0x0017, 0x0018])
    expect(serverCertificateTypesOf(hello)).toEqual(Buffer.of(2))
    expect([...(keySharesOf(hello)?.keys() ?? [])]).toEqual([0x001d])
  })

  test.each(captured.handshakes)('our server answers the one of "$name" like the official server', (handshake) => {
    const server = new Connection({ handshake: new ServerHandshake(serverKeypair), now: () => 0 })
    server.receive(hex(handshake.flow[0]!.hex))
    expect(server.failure).toBeUndefined()
    const lengths = splitRecords(sent(server)).map(({ type, content }) => [type, content.length])
    // We never resume: the answer to a hello with a ticket is that to one without.
    expect(lengths).toEqual([
      [22, 122],
      [20, 1],
      [23, 213],
    ])
  })
})

describe.each(captured.handshakes)('official handshake: $name', (handshake) => {
  const [clientHello, serverFlight, clientFlight, tickets] = handshake.flow.map((write) => splitRecords(hex(write.hex)))
  const suite = cipherSuiteOf(Number.parseInt(handshake.suite, 16))!
  const resumed = handshake.serverKey === undefined

  test("the server's flight decrypts, and its signature and Finished verify", () => {
    const [hello] = serverFlight!
    const [content] = opened(serverFlight!, protectionOf(handshake, 'SERVER_HANDSHAKE_TRAFFIC_SECRET'))
    const messages = messagesIn(content!.content)
    expect(messages.map((message) => message.toString('hex'))).toEqual(Object.values(handshake.serverMessages))
    const transcript = new Transcript()
    transcript.use(suite)
    transcript.add(clientHello![0]!.content)
    transcript.add(hello!.content)
    if (!resumed)
      expect(decodeServerHello(hello!.content)).toMatchObject({ retry: false, suite: suite.id, group: 0x001d })
    checkEncryptedExtensions(messages[0]!)
    transcript.add(messages[0]!)
    if (!resumed) {
      const key = PublicKey.fromBytes(decodeCertificate(messages[1]!))
      expect(Buffer.from(key.bytes).toString('hex')).toBe(handshake.serverKey)
      transcript.add(messages[1]!)
      const input = certificateVerifyInput(transcript.digest())
      expect(verifySignature(key, input, decodeCertificateVerify(messages[2]!))).toBe(true)
      transcript.add(messages[2]!)
    }
    const mac = finishedMac(suite, hex(handshake.secrets.SERVER_HANDSHAKE_TRAFFIC_SECRET), transcript.digest())
    expect(messages.at(-1)?.subarray(4)).toEqual(mac)
    transcript.add(messages.at(-1)!)
    if (handshake.clientMessages.type === RECORD_TYPE.handshake) {
      const answer = finishedMac(suite, hex(handshake.secrets.CLIENT_HANDSHAKE_TRAFFIC_SECRET), transcript.digest())
      expect(handshake.clientMessages.hex.slice(8)).toBe(answer.toString('hex'))
    }
  })

  test("the client's answer decrypts", () => {
    const [content] = opened(clientFlight!, protectionOf(handshake, 'CLIENT_HANDSHAKE_TRAFFIC_SECRET'))
    expect({ type: content!.type, hex: content!.content.toString('hex') }).toEqual(handshake.clientMessages)
  })

  test('the session tickets decrypt with the application secret', () => {
    const { newSessionTickets = [] } = handshake
    const [content] =
      newSessionTickets.length > 0 ? opened(tickets!, protectionOf(handshake, 'SERVER_TRAFFIC_SECRET_0')) : []
    expect(messagesIn(content?.content ?? Buffer.alloc(0)).map((message) => message.toString('hex'))).toEqual(
      newSessionTickets,
    )
  })
})

describe('answers to altered hellos', () => {
  const edits: Readonly<Record<string, (parts: HelloParts) => void>> = {
    'vector client_hello': () => {},
    'no server_certificate_type': (parts) => setExtension(parts, EXTENSION.serverCertificateType, undefined),
    'server_certificate_type X509 only': (parts) =>
      setExtension(parts, EXTENSION.serverCertificateType, vector8(Buffer.of(0))),
    'signature_algorithms without 0807': (parts) =>
      setExtension(parts, EXTENSION.signatureAlgorithms, vector16(u16(0x0403))),
    'no signature_algorithms': (parts) => setExtension(parts, EXTENSION.signatureAlgorithms, undefined),
    'no supported_groups': (parts) => setExtension(parts, EXTENSION.supportedGroups, undefined),
    'no key_share': (parts) => setExtension(parts, EXTENSION.keyShare, undefined),
    'no common group': (parts) => {
      setExtension(parts, EXTENSION.supportedGroups, vector16(u16(0x0019)))
      setExtension(parts, EXTENSION.keyShare, vector16(u16(0x0019), vector16(Buffer.alloc(133, 4))))
    },
    'no common suite': (parts) => {
      parts.suites = [0xc02b]
    },
    'supported_versions 0303 only': (parts) => setExtension(parts, EXTENSION.supportedVersions, vector8(u16(0x0303))),
    'no supported_versions': (parts) => setExtension(parts, EXTENSION.supportedVersions, undefined),
    'duplicate extension': (parts) => parts.extensions.push(parts.extensions[0]!),
    'compression 1': (parts) => {
      parts.compressions = Buffer.of(1)
    },
    'zero x25519 share': (parts) =>
      setExtension(parts, EXTENSION.keyShare, vector16(u16(0x001d), vector16(Buffer.alloc(32)))),
    'no server_name': (parts) => setExtension(parts, EXTENSION.serverName, undefined),
    'key_share empty list': (parts) => setExtension(parts, EXTENSION.keyShare, vector16()),
  }

  /** Where RFC 8446 asks for another alert than rustls sends, ours is the one of `tls13Rpk.serverNegatives`. */
  const alertOf = ({ input, alert }: ServerAnswer): number | undefined => {
    if (/^no (signature_algorithms|supported_groups|key_share)$/.test(input)) return 109
    if (/^(supported_versions 0303 only|no supported_versions)$/.test(input)) return 70
    return alert
  }

  test.each(captured.serverAnswersToClientHello.cases)('$input', (answer) => {
    const server = new Connection({ handshake: new ServerHandshake(serverKeypair), now: () => 0 })
    if (answer.input === 'officialClientHelloShape') {
      server.receive(hex(tls13Rpk.officialClientHelloShape.recordHex))
    } else {
      server.receive(plainHandshakeRecord(editHello(hex(tls13Rpk.messages.client_hello), edits[answer.input]!)))
    }
    expect(server.failure?.alert).toBe(alertOf(answer))
    if (answer.alert !== undefined) return
    const records = splitRecords(sent(server))
    expect(records.map(({ type, content }) => `type ${type} version 0303 length ${content.length}`)).toEqual(
      answer.records,
    )
  })
})
