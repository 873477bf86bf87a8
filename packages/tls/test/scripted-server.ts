import type { Keypair } from '@pubky/crypto'
import { CIPHER_SUITES, type CipherSuite } from '../src/cipher-suites.ts'
import { decodeClientHello, keySharesOf } from '../src/client-hello.ts'
import { RECORD_TYPE } from '../src/constants.ts'
import type { Entropy } from '../src/entropy.ts'
import { NAMED_GROUPS } from '../src/key-exchange.ts'
import { finishedMac, KeySchedule } from '../src/key-schedule.ts'
import {
  certificateVerifyInput,
  encodeCertificate,
  encodeCertificateVerify,
  encodeEncryptedExtensions,
  encodeFinished,
} from '../src/messages.ts'
import { RecordProtection, sealedLength } from '../src/record-protection.ts'
import { encodeServerHello } from '../src/server-hello.ts'
import { Transcript } from '../src/transcript.ts'
import { plainHandshakeRecord } from './hello-editor.ts'

/** What a scripted server says instead of the right thing. */
export interface Script {
  readonly serverHello?: (right: Buffer) => Buffer
  readonly encryptedExtensions?: Buffer
  readonly certificate?: Buffer
  readonly certificateVerify?: (right: Buffer) => Buffer
  readonly finished?: (right: Buffer) => Buffer
  /** The messages of the protected flight, for inserting, dropping and reordering; the transcript stays as it was. */
  readonly flight?: (messages: readonly Buffer[]) => readonly Buffer[]
  /** Told the server's traffic secrets, handshake first. */
  readonly onSecret?: (secret: Buffer) => void
  /** How the flight is cut into records; one unless given. */
  readonly cut?: (flight: Buffer) => readonly Buffer[]
}

export interface ScriptedAnswer {
  readonly serverHello: Buffer
  /** Protected records behind the ServerHello. */
  readonly flight: Buffer
  /** Protects application data of the server. */
  readonly sealing: RecordProtection
}

/** Answers a ClientHello as a server whose mistakes are all on purpose. */
export function answerHello(message: Buffer, keypair: Keypair, entropy: Entropy, script: Script = {}): ScriptedAnswer {
  const suite: CipherSuite = CIPHER_SUITES[0]!
  const [group] = NAMED_GROUPS
  const hello = decodeClientHello(message)
  const clientShare = keySharesOf(hello)?.get(group.id)
  if (!clientShare) throw new Error('hello without an x25519 share')
  const keyShare = entropy.keyShare(group)
  const right = encodeServerHello(entropy.randomBytes(32), hello.sessionId, suite, keyShare)
  const serverHello = script.serverHello?.(right) ?? right
  const transcript = new Transcript()
  transcript.use(suite)
  transcript.add(message)
  transcript.add(serverHello)
  const schedule = new KeySchedule(suite)
  const secrets = schedule.handshakeSecrets(keyShare.agree(clientShare), transcript.digest())
  script.onSecret?.(secrets.server)
  const encryptedExtensions = script.encryptedExtensions ?? encodeEncryptedExtensions(true)
  const certificate = script.certificate ?? encodeCertificate(keypair.publicKey.bytes)
  transcript.add(encryptedExtensions)
  transcript.add(certificate)
  const signed = encodeCertificateVerify(keypair.sign(certificateVerifyInput(transcript.digest())))
  const verify = script.certificateVerify?.(signed) ?? signed
  transcript.add(verify)
  const mac = encodeFinished(finishedMac(suite, secrets.server, transcript.digest()))
  const finished = script.finished?.(mac) ?? mac
  transcript.add(finished)
  const messages = [encryptedExtensions, certificate, verify, finished]
  const flight = Buffer.concat(script.flight?.(messages) ?? messages)
  const protection = new RecordProtection(suite, secrets.server)
  const cut = script.cut?.(flight) ?? [flight]
  const application = schedule.applicationSecrets(transcript.digest())
  script.onSecret?.(application.server)
  return {
    serverHello: plainHandshakeRecord(serverHello),
    flight: Buffer.concat(cut.map((part) => sealRecord(protection, RECORD_TYPE.handshake, part))),
    sealing: new RecordProtection(suite, application.server),
  }
}

/** One protected record. */
export function sealRecord(protection: RecordProtection, type: number, content: Buffer): Buffer {
  const record = Buffer.alloc(sealedLength(Math.max(content.length, 1)) - (content.length === 0 ? 1 : 0))
  protection.seal(type, [content], content.length, record, 0)
  return record
}
