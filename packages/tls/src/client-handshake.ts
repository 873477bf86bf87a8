import { timingSafeEqual } from 'node:crypto'
import { equalBytes, type PublicKey, verifySignature } from '@pubky/crypto'
import { ALERT } from './alerts.ts'
import { CIPHER_SUITES, type CipherSuite } from './cipher-suites.ts'
import { encodeClientHello } from './client-hello.ts'
import { MAX_MESSAGE, MESSAGE_HEADER_LENGTH, MESSAGE_TYPE } from './constants.ts'
import { type Entropy, systemEntropy } from './entropy.ts'
import { TlsError, violation } from './errors.ts'
import type { Handshake, HandshakeChannel } from './handshake.ts'
import { type KeyShare, NAMED_GROUPS, namedGroupOf } from './key-exchange.ts'
import { finishedMac, KeySchedule, type TrafficSecrets } from './key-schedule.ts'
import {
  certificateVerifyInput,
  checkEncryptedExtensions,
  decodeCertificate,
  decodeCertificateVerify,
  encodeFinished,
} from './messages.ts'
import { RecordProtection } from './record-protection.ts'
import { decodeServerHello, type HelloRetryRequest, type ServerHello } from './server-hello.ts'
import { Transcript } from './transcript.ts'

export interface ClientHandshakeInit {
  /** The keys of which the server must prove one; at least one. */
  readonly serverKeys: readonly PublicKey[]
  /** Sent as server_name. */
  readonly servername: string
}

/** What the ServerHello settled. */
interface Settled {
  readonly suite: CipherSuite
  readonly schedule: KeySchedule
  readonly secrets: TrafficSecrets
}

/** The client's side of the handshake (spec 04 §6.3–6.4): it checks the server's key against the expected ones. */
export class ClientHandshake implements Handshake {
  readonly role = 'client'
  readonly messageLimit = MAX_MESSAGE
  readonly #serverKeys: readonly PublicKey[]
  readonly #servername: string
  readonly #entropy: Entropy
  readonly #random: Buffer
  readonly #sessionId: Buffer
  readonly #transcript = new Transcript()
  #keyShare: KeyShare
  #expected: number = MESSAGE_TYPE.serverHello
  #retrySuite: number | undefined
  #settled: Settled | undefined
  #serverKey: PublicKey | undefined

  constructor(init: ClientHandshakeInit, entropy: Entropy = systemEntropy) {
    this.#serverKeys = init.serverKeys
    this.#servername = init.servername
    this.#entropy = entropy
    this.#random = entropy.randomBytes(32)
    this.#sessionId = entropy.randomBytes(32)
    this.#keyShare = entropy.keyShare(NAMED_GROUPS[0])
  }

  start(channel: HandshakeChannel): void {
    this.#sendHello(undefined, channel)
  }

  receive(message: Buffer, last: boolean, channel: HandshakeChannel): void {
    if (message[0] !== this.#expected) {
      throw violation(ALERT.unexpectedMessage, `handshake message of type ${message[0]} instead of ${this.#expected}`)
    }
    const changesKeys = this.#expected === MESSAGE_TYPE.serverHello || this.#expected === MESSAGE_TYPE.finished
    if (changesKeys && !last) throw violation(ALERT.unexpectedMessage, 'key change is not at a record boundary')
    if (this.#settled) this.#receiveProtected(message, this.#settled, channel)
    else this.#receiveServerHello(message, channel)
  }

  dispose(): void {
    this.#settled?.schedule.dispose()
    this.#settled = undefined
  }

  #receiveProtected(message: Buffer, settled: Settled, channel: HandshakeChannel): void {
    switch (this.#expected) {
      case MESSAGE_TYPE.encryptedExtensions:
        checkEncryptedExtensions(message)
        this.#expect(MESSAGE_TYPE.certificate, message)
        break
      case MESSAGE_TYPE.certificate:
        this.#serverKey = this.#checkKey(decodeCertificate(message))
        this.#expect(MESSAGE_TYPE.certificateVerify, message)
        break
      case MESSAGE_TYPE.certificateVerify:
        this.#checkSignature(decodeCertificateVerify(message))
        this.#expect(MESSAGE_TYPE.finished, message)
        break
      default:
        this.#finish(message, settled, channel)
    }
  }

  #expect(type: number, received: Buffer): void {
    this.#transcript.add(received)
    this.#expected = type
  }

  #sendHello(cookie: Buffer | undefined, channel: HandshakeChannel): void {
    const hello = encodeClientHello({
      random: this.#random,
      sessionId: this.#sessionId,
      suites: CIPHER_SUITES,
      groups: NAMED_GROUPS,
      keyShare: this.#keyShare,
      servername: this.#servername,
      cookie,
    })
    this.#transcript.add(hello)
    channel.sendMessages(hello)
  }

  #receiveServerHello(message: Buffer, channel: HandshakeChannel): void {
    const hello = decodeServerHello(message)
    if (!hello.sessionId.equals(this.#sessionId)) {
      throw violation(ALERT.illegalParameter, 'server does not echo the session id')
    }
    const suite = CIPHER_SUITES.find((offered) => offered.id === hello.suite)
    if (!suite) throw violation(ALERT.illegalParameter, 'server chose a cipher suite that was not offered')
    if (hello.retry) this.#retry(hello, suite, message, channel)
    else this.#settle(hello, suite, message, channel)
  }

  #retry(request: HelloRetryRequest, suite: CipherSuite, message: Buffer, channel: HandshakeChannel): void {
    if (this.#retrySuite !== undefined) throw violation(ALERT.unexpectedMessage, 'second HelloRetryRequest')
    if (request.group === undefined && !request.cookie) {
      throw violation(ALERT.illegalParameter, 'HelloRetryRequest changes nothing')
    }
    if (request.group !== undefined) {
      const group = namedGroupOf(request.group)
      if (!group || group === this.#keyShare.group) {
        throw violation(ALERT.illegalParameter, 'HelloRetryRequest for a group not offered, or offered with a share')
      }
      this.#keyShare = this.#entropy.keyShare(group)
    }
    this.#retrySuite = suite.id
    this.#transcript.restartForRetry(suite)
    this.#transcript.add(message)
    channel.sendChangeCipherSpec()
    this.#sendHello(request.cookie, channel)
  }

  #settle(hello: ServerHello, suite: CipherSuite, message: Buffer, channel: HandshakeChannel): void {
    if (this.#retrySuite !== undefined && suite.id !== this.#retrySuite) {
      throw violation(ALERT.illegalParameter, 'server changed the cipher suite after HelloRetryRequest')
    }
    if (hello.group !== this.#keyShare.group.id) {
      throw violation(ALERT.illegalParameter, 'server chose a group for which no share was sent')
    }
    const sharedSecret = this.#keyShare.agree(hello.share)
    this.#transcript.use(suite)
    this.#transcript.add(message)
    const schedule = new KeySchedule(suite)
    const secrets = schedule.handshakeSecrets(sharedSecret, this.#transcript.digest())
    this.#settled = { suite, schedule, secrets }
    this.#expected = MESSAGE_TYPE.encryptedExtensions
    if (this.#retrySuite === undefined) channel.sendChangeCipherSpec()
    channel.protectReading(new RecordProtection(suite, secrets.server))
    channel.protectWriting(new RecordProtection(suite, secrets.client))
  }

  #checkKey(proposed: Buffer): PublicKey {
    const known = this.#serverKeys.find((key) => equalBytes(key.bytes, proposed))
    if (known) return known
    throw new TlsError(
      'wrong-key',
      'the server presents another key than the expected one (alert 42 bad_certificate)',
      {
        alert: ALERT.badCertificate,
      },
    )
  }

  #checkSignature(signature: Buffer): void {
    const input = certificateVerifyInput(this.#transcript.digest())
    const key = this.#serverKey
    if (signature.length === SIGNATURE_LENGTH && key && verifySignature(key, input, signature)) return
    throw violation(ALERT.decryptError, "the server's CertificateVerify is wrong")
  }

  #finish(message: Buffer, { suite, schedule, secrets }: Settled, channel: HandshakeChannel): void {
    const mac = message.subarray(MESSAGE_HEADER_LENGTH)
    const expected = finishedMac(suite, secrets.server, this.#transcript.digest())
    if (mac.length !== expected.length) throw violation(ALERT.decodeError, 'malformed Finished')
    if (!timingSafeEqual(mac, expected)) throw violation(ALERT.decryptError, "the server's Finished is wrong")
    if (!this.#serverKey) throw new Error('no server key before Finished')
    this.#transcript.add(message)
    const transcriptHash = this.#transcript.digest()
    const application = schedule.applicationSecrets(transcriptHash)
    channel.sendMessages(encodeFinished(finishedMac(suite, secrets.client, transcriptHash)))
    channel.protectWriting(new RecordProtection(suite, application.client))
    channel.protectReading(new RecordProtection(suite, application.server))
    channel.complete({
      suite,
      group: this.#keyShare.group,
      servername: this.#servername,
      peerKey: this.#serverKey,
    })
  }
}

const SIGNATURE_LENGTH = 64
