import { timingSafeEqual } from 'node:crypto'
import type { Keypair } from '@pubky/crypto'
import { ALERT } from './alerts.ts'
import { type ClientHello, decodeClientHello } from './client-hello.ts'
import { MAX_CLIENT_HELLO, MESSAGE_HEADER_LENGTH, MESSAGE_TYPE } from './constants.ts'
import { type Entropy, systemEntropy } from './entropy.ts'
import { violation } from './errors.ts'
import type { Handshake, HandshakeChannel, HandshakeResult } from './handshake.ts'
import { finishedMac, KeySchedule, type TrafficSecrets } from './key-schedule.ts'
import {
  certificateVerifyInput,
  encodeCertificate,
  encodeCertificateVerify,
  encodeEncryptedExtensions,
  encodeFinished,
} from './messages.ts'
import { type Negotiation, negotiate } from './negotiation.ts'
import { RecordProtection } from './record-protection.ts'
import { encodeHelloRetryRequest, encodeServerHello } from './server-hello.ts'
import { Transcript } from './transcript.ts'

/** The first hello, kept to compare the second one with it. */
interface RetriedHello {
  readonly hello: ClientHello
  readonly negotiation: Negotiation
}

/** What waits for the client's Finished. */
interface ExpectedFinish {
  readonly mac: Buffer
  readonly reading: RecordProtection
  readonly result: HandshakeResult
}

/**
 * The server's side of the handshake: ClientHello, perhaps one HelloRetryRequest, our flight, the client's Finished
 * (spec 04 §6.2–6.3, §6.9).
 */
export class ServerHandshake implements Handshake {
  readonly role = 'server'
  readonly messageLimit = MAX_CLIENT_HELLO
  readonly #keypair: Keypair
  readonly #entropy: Entropy
  readonly #transcript = new Transcript()
  #retried: RetriedHello | undefined
  #expected: ExpectedFinish | undefined

  constructor(keypair: Keypair, entropy: Entropy = systemEntropy) {
    this.#keypair = keypair
    this.#entropy = entropy
  }

  start(): void {
    // The client speaks first.
  }

  receive(message: Buffer, last: boolean, channel: HandshakeChannel): void {
    const type = this.#expected ? MESSAGE_TYPE.finished : MESSAGE_TYPE.clientHello
    if (message[0] !== type) {
      throw violation(ALERT.unexpectedMessage, `handshake message of type ${message[0]} instead of ${type}`)
    }
    if (!last) throw violation(ALERT.unexpectedMessage, 'key change is not at a record boundary')
    if (this.#expected) this.#receiveFinished(message, this.#expected, channel)
    else this.#receiveHello(message, channel)
  }

  dispose(): void {
    this.#expected?.mac.fill(0)
    this.#expected?.reading.dispose()
    this.#expected = undefined
    this.#retried = undefined
  }

  #receiveHello(message: Buffer, channel: HandshakeChannel): void {
    const hello = decodeClientHello(message)
    const negotiation = negotiate(hello)
    if (this.#retried) checkSecondHello(this.#retried, hello, negotiation)
    this.#transcript.add(message)
    if (negotiation.share) this.#sendFlight(hello, negotiation, negotiation.share, channel)
    else this.#retry(hello, negotiation, channel)
  }

  #retry(hello: ClientHello, negotiation: Negotiation, channel: HandshakeChannel): void {
    const request = encodeHelloRetryRequest(hello.sessionId, negotiation.suite, negotiation.group)
    this.#transcript.restartForRetry(negotiation.suite)
    this.#transcript.add(request)
    this.#retried = { hello, negotiation }
    channel.sendMessages(request)
    if (hello.sessionId.length > 0) channel.sendChangeCipherSpec()
  }

  #sendFlight(hello: ClientHello, negotiation: Negotiation, clientShare: Buffer, channel: HandshakeChannel): void {
    const { suite, group, servername } = negotiation
    const keyShare = this.#entropy.keyShare(group)
    const sharedSecret = keyShare.agree(clientShare)
    const serverHello = encodeServerHello(this.#entropy.randomBytes(32), hello.sessionId, suite, keyShare)
    this.#transcript.use(suite)
    this.#transcript.add(serverHello)
    const schedule = new KeySchedule(suite)
    const secrets = schedule.handshakeSecrets(sharedSecret, this.#transcript.digest())
    channel.sendMessages(serverHello)
    if (hello.sessionId.length > 0 && !this.#retried) channel.sendChangeCipherSpec()
    this.#prove(negotiation, secrets, channel)
    const application = schedule.applicationSecrets(this.#transcript.digest())
    const mac = finishedMac(suite, secrets.client, this.#transcript.digest())
    channel.protectWriting(new RecordProtection(suite, application.server))
    channel.protectReading(new RecordProtection(suite, secrets.client))
    const reading = new RecordProtection(suite, application.client)
    const result = { suite, group, servername, peerKey: undefined }
    this.#expected = { mac, reading, result }
    this.#retried = undefined
  }

  /** Sends EncryptedExtensions, Certificate, CertificateVerify and Finished in one record, as the official server does. */
  #prove(negotiation: Negotiation, secrets: TrafficSecrets, channel: HandshakeChannel): void {
    const { suite, servername } = negotiation
    const transcript = this.#transcript
    const extensions = encodeEncryptedExtensions(servername !== undefined)
    const certificate = encodeCertificate(this.#keypair.publicKey.bytes)
    transcript.add(extensions)
    transcript.add(certificate)
    const verify = encodeCertificateVerify(this.#keypair.sign(certificateVerifyInput(transcript.digest())))
    transcript.add(verify)
    const finished = encodeFinished(finishedMac(suite, secrets.server, transcript.digest()))
    transcript.add(finished)
    channel.protectWriting(new RecordProtection(suite, secrets.server))
    channel.sendMessages(extensions, certificate, verify, finished)
  }

  #receiveFinished(message: Buffer, expected: ExpectedFinish, channel: HandshakeChannel): void {
    const mac = message.subarray(MESSAGE_HEADER_LENGTH)
    if (mac.length !== expected.mac.length) throw violation(ALERT.decodeError, 'malformed Finished')
    if (!timingSafeEqual(mac, expected.mac)) throw violation(ALERT.decryptError, "the client's Finished is wrong")
    // From here on the connection owns the protection.
    this.#expected = undefined
    channel.protectReading(expected.reading)
    channel.complete(expected.result)
  }
}

/** The second hello keeps random, session id and suites, and answers with exactly the share asked for (RFC 8446 §4.1.2). */
function checkSecondHello(first: RetriedHello, hello: ClientHello, negotiation: Negotiation): void {
  const sameSuites = hello.suites.length === first.hello.suites.length
  const same =
    hello.random.equals(first.hello.random) &&
    hello.sessionId.equals(first.hello.sessionId) &&
    sameSuites &&
    hello.suites.every((suite, index) => suite === first.hello.suites[index]) &&
    negotiation.servername === first.negotiation.servername
  if (!same) throw violation(ALERT.illegalParameter, 'second ClientHello differs from the first')
  if (!negotiation.share || negotiation.shares !== 1 || negotiation.group !== first.negotiation.group) {
    throw violation(ALERT.illegalParameter, 'second ClientHello does not bring the share that was asked for')
  }
}
