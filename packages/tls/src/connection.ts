import { ALERT } from './alerts.ts'
import { MAX_MESSAGE, MAX_PLAINTEXT, MESSAGE_TYPE, RECORD_HEADER_LENGTH, RECORD_TYPE } from './constants.ts'
import { alertLabel, TlsError, violation } from './errors.ts'
import type { Handshake, HandshakeResult } from './handshake.ts'
import { HandshakeReader } from './handshake-reader.ts'
import { decodeKeyUpdate, encodeKeyUpdate } from './messages.ts'
import { type RecordProtection, sealedLength } from './record-protection.ts'
import { RecordReader } from './record-reader.ts'

/** Records sealed with one key before we change it; AES-GCM allows 2^24.5 (RFC 8446 §5.5). */
export const REKEY_AFTER_RECORDS = 2 ** 23
/** KeyUpdates taken from the peer in {@link KEY_UPDATE_WINDOW} ms (spec 04 §6.9). */
export const MAX_KEY_UPDATES = 32
export const KEY_UPDATE_WINDOW = 60_000
/** Records in a row that carry nothing: they cost us work and the peer little. */
export const MAX_EMPTY_RECORDS = 32

export interface ConnectionInit {
  readonly handshake: Handshake
  /** Monotonic clock in ms. */
  readonly now: () => number
  readonly rekeyAfterRecords?: number
}

/**
 * A TLS 1.3 connection without I/O: bytes of the peer go in through {@link receive}, records for the peer and
 * decrypted data collect until they are taken. No method but `write` and `updateKey` throws, whatever the peer sends;
 * a breach ends the connection with {@link failure} after an alert (spec 04 §6.9).
 */
export class Connection {
  readonly #handshake: Handshake
  readonly #now: () => number
  readonly #rekeyAfterRecords: number
  readonly #records = new RecordReader()
  readonly #messages = new HandshakeReader()
  #reading: RecordProtection | undefined
  #writing: RecordProtection | undefined
  #outgoing: Buffer[] = []
  #incoming: Buffer[] = []
  #result: HandshakeResult | undefined
  #failure: TlsError | undefined
  #peerClosed = false
  #closed: boolean = false
  #sawHello: boolean
  #sawChangeCipherSpec = false
  #sentFirstRecord = false
  #emptyRecords = 0
  #warnings = 0
  #keyUpdates = 0
  #keyUpdateWindowStart = Number.NEGATIVE_INFINITY

  constructor(init: ConnectionInit) {
    this.#handshake = init.handshake
    this.#now = init.now
    this.#rekeyAfterRecords = init.rekeyAfterRecords ?? REKEY_AFTER_RECORDS
    this.#sawHello = init.handshake.role === 'client'
    init.handshake.start(this.#channel)
  }

  /** What the handshake agreed on, once it is complete. */
  get result(): HandshakeResult | undefined {
    return this.#result
  }

  /** Why the connection is over, if it failed. */
  get failure(): TlsError | undefined {
    return this.#failure
  }

  /** Whether the peer ended its direction with close_notify. */
  get peerClosed(): boolean {
    return this.#peerClosed
  }

  /** Records to be written, in order. */
  takeOutgoing(): Buffer[] {
    const taken = this.#outgoing
    if (taken.length > 0) this.#outgoing = []
    return taken
  }

  /** Decrypted application data, in order. */
  takeIncoming(): Buffer[] {
    const taken = this.#incoming
    if (taken.length > 0) this.#incoming = []
    return taken
  }

  /** Takes bytes of the peer, which must not change afterwards. After a failure or close_notify they are ignored. */
  receive(bytes: Uint8Array): void {
    if (this.#over()) return
    try {
      this.#records.push(bytes)
      let record = this.#records.next()
      while (record) {
        this.#receiveRecord(record)
        record = this.#over() ? undefined : this.#records.next()
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  /**
   * Seals application data, into `target` if it is given: {@link sealedLength} bytes that the caller must not reuse
   * before the records are written.
   * @throws TlsError `closed` unless the connection is open
   */
  write(chunks: readonly Uint8Array[], target?: Buffer): void {
    const writing = this.#assertOpen()
    if (writing.records >= this.#rekeyAfterRecords) this.updateKey(false)
    let length = 0
    for (const chunk of chunks) length += chunk.length
    const records = target ?? Buffer.allocUnsafe(sealedLength(length))
    const used = this.#sealData(chunks, records)
    if (used > 0) this.#outgoing.push(used === records.length ? records : records.subarray(0, used))
  }

  /** Ends our direction with close_notify; the peer may go on. */
  close(): void {
    if (this.#closed || this.#failure) return
    this.#sendAlert(ALERT.closeNotify)
    this.#closed = true
  }

  /** Changes our sending key; `requestPeer` asks the peer to change its own. @throws TlsError `closed` */
  updateKey(requestPeer: boolean): void {
    const writing = this.#assertOpen()
    this.#sendRecords(RECORD_TYPE.handshake, encodeKeyUpdate(requestPeer))
    this.#writing = writing.next()
  }

  /** Overwrites all secrets. Nothing can be sent or received afterwards. */
  dispose(): void {
    this.#failure ??= new TlsError('closed', 'the connection is closed')
    this.#forget()
  }

  #over(): boolean {
    return this.#failure !== undefined || this.#peerClosed
  }

  #receiveRecord(record: Buffer): void {
    const type = record[0]!
    if (type === RECORD_TYPE.changeCipherSpec) {
      this.#ignoreChangeCipherSpec(record)
    } else if (!this.#reading) {
      this.#receiveContent(type, record.subarray(RECORD_HEADER_LENGTH), false)
    } else if (type === RECORD_TYPE.applicationData) {
      const opened = this.#reading.open(record)
      this.#receiveContent(opened.type, opened.content, true)
    } else {
      this.#receiveInTheClear(type, record.subarray(RECORD_HEADER_LENGTH), this.#reading)
    }
  }

  /** A peer that refuses our first flight may not have its keys yet and then says so in the clear. */
  #receiveInTheClear(type: number, content: Buffer, reading: RecordProtection): void {
    if (type !== RECORD_TYPE.alert || this.#result || reading.records > 0) {
      throw violation(ALERT.unexpectedMessage, `record of type ${type} in the clear`)
    }
    this.#receiveAlert(content)
  }

  #receiveContent(type: number, content: Buffer, isProtected: boolean): void {
    if (type === RECORD_TYPE.handshake) {
      this.#receiveHandshake(content)
    } else if (type === RECORD_TYPE.alert) {
      this.#receiveAlert(content)
    } else if (type === RECORD_TYPE.applicationData && isProtected && this.#result) {
      this.#receiveData(content)
    } else {
      throw violation(ALERT.unexpectedMessage, `record content of type ${type} at a wrong time`)
    }
  }

  #receiveData(content: Buffer): void {
    if (!this.#messages.empty) {
      throw violation(ALERT.unexpectedMessage, 'application data inside a handshake message')
    }
    if (content.length > 0) {
      this.#emptyRecords = 0
      this.#incoming.push(content)
    } else if (++this.#emptyRecords > MAX_EMPTY_RECORDS) {
      throw violation(ALERT.unexpectedMessage, 'too many empty records')
    }
  }

  #receiveHandshake(fragment: Buffer): void {
    if (fragment.length === 0) throw violation(ALERT.unexpectedMessage, 'empty handshake fragment')
    this.#messages.push(fragment)
    let message = this.#nextMessage()
    while (message) {
      this.#sawHello = true
      if (this.#result) this.#receivePostHandshake(message, this.#messages.empty)
      else this.#handshake.receive(message, this.#messages.empty, this.#channel)
      message = this.#nextMessage()
    }
  }

  #nextMessage(): Buffer | undefined {
    return this.#messages.next(this.#result ? MAX_MESSAGE : this.#handshake.messageLimit)
  }

  #receivePostHandshake(message: Buffer, last: boolean): void {
    const type = message[0]!
    // Session tickets are of no use to us: a resumed connection proves no key.
    if (type === MESSAGE_TYPE.newSessionTicket && this.#handshake.role === 'client') return
    if (type !== MESSAGE_TYPE.keyUpdate) {
      throw violation(ALERT.unexpectedMessage, `handshake message of type ${type} after the handshake`)
    }
    const requested = decodeKeyUpdate(message)
    if (!last) throw violation(ALERT.unexpectedMessage, 'KeyUpdate is not at a record boundary')
    this.#countKeyUpdate()
    this.#reading = this.#reading?.next()
    if (requested && !this.#closed) this.updateKey(false)
  }

  #countKeyUpdate(): void {
    const now = this.#now()
    if (now - this.#keyUpdateWindowStart >= KEY_UPDATE_WINDOW) {
      this.#keyUpdateWindowStart = now
      this.#keyUpdates = 0
    }
    if (++this.#keyUpdates > MAX_KEY_UPDATES) throw violation(ALERT.unexpectedMessage, 'too many KeyUpdates')
  }

  #receiveAlert(content: Buffer): void {
    if (content.length !== 2) throw violation(ALERT.decodeError, `alert of ${content.length} bytes`)
    const alert = content[1]!
    // TLS 1.3 ignores the level: all alerts but these two are fatal (RFC 8446 §6).
    if (alert === ALERT.userCanceled) {
      if (++this.#warnings > MAX_WARNINGS) throw violation(ALERT.unexpectedMessage, 'too many warnings')
      return
    }
    if (alert !== ALERT.closeNotify) {
      this.#fail(new TlsError('alert-received', `the peer refused with alert ${alertLabel(alert)}`, { alert }))
    } else if (!this.#result) {
      this.#fail(new TlsError('closed', 'the peer closed the connection during the handshake'))
    } else {
      this.#peerClosed = true
    }
  }

  #ignoreChangeCipherSpec(record: Buffer): void {
    const wellFormed = record.length === RECORD_HEADER_LENGTH + 1 && record[RECORD_HEADER_LENGTH] === 1
    if (!wellFormed || !this.#sawHello || this.#result || this.#sawChangeCipherSpec) {
      throw violation(ALERT.unexpectedMessage, 'change_cipher_spec at a wrong time')
    }
    this.#sawChangeCipherSpec = true
  }

  /** Cuts the chunks into records of 16 KiB, the last one shorter, and returns the end of what was written. */
  #sealData(chunks: readonly Uint8Array[], target: Buffer): number {
    const writing = this.#assertOpen()
    let batch: Uint8Array[] = []
    let batched = 0
    let offset = 0
    const seal = (): void => {
      writing.seal(RECORD_TYPE.applicationData, batch, batched, target, offset)
      offset += sealedLength(batched)
      batch = []
      batched = 0
    }
    for (const chunk of chunks) {
      let start = 0
      while (start < chunk.length) {
        const end = Math.min(chunk.length, start + MAX_PLAINTEXT - batched)
        batch.push(chunk.subarray(start, end))
        batched += end - start
        start = end
        if (batched === MAX_PLAINTEXT) seal()
      }
    }
    if (batched > 0) seal()
    return offset
  }

  #seal(type: number, content: Buffer): void {
    if (this.#writing) {
      const record = Buffer.allocUnsafe(sealedLength(content.length))
      this.#writing.seal(type, [content], content.length, record, 0)
      this.#outgoing.push(record)
      return
    }
    // Middleboxes want version 0301 on the record of the first ClientHello (RFC 8446 §5.1).
    const minorVersion = this.#handshake.role === 'client' && !this.#sentFirstRecord ? 1 : 3
    this.#sentFirstRecord = true
    const header = Buffer.of(type, 3, minorVersion, content.length >>> 8, content.length & 0xff)
    this.#outgoing.push(Buffer.concat([header, content]))
  }

  #sendRecords(type: number, content: Buffer): void {
    for (let offset = 0; offset < content.length; offset += MAX_PLAINTEXT) {
      this.#seal(type, content.subarray(offset, offset + MAX_PLAINTEXT))
    }
  }

  #sendAlert(alert: number): void {
    const level = alert === ALERT.closeNotify ? ALERT_WARNING : ALERT_FATAL
    this.#seal(RECORD_TYPE.alert, Buffer.of(level, alert))
  }

  #fail(error: unknown): void {
    if (error instanceof TlsError) {
      this.#failure = error
    } else {
      this.#failure = new TlsError('internal-error', 'fault in the TLS implementation', {
        cause: error,
        alert: ALERT.internalError,
      })
    }
    if (this.#failure.alert !== undefined && this.#failure.code !== 'alert-received' && !this.#closed) {
      this.#sendAlert(this.#failure.alert)
    }
    this.#forget()
  }

  #forget(): void {
    this.#handshake.dispose()
    this.#reading?.dispose()
    this.#writing?.dispose()
    this.#reading = undefined
    this.#writing = undefined
  }

  #assertOpen(): RecordProtection {
    if (!this.#result || this.#closed || this.#failure || !this.#writing) {
      throw new TlsError('closed', 'the connection is not open for writing')
    }
    return this.#writing
  }

  readonly #channel = {
    sendMessages: (...messages: readonly Buffer[]): void => {
      this.#sendRecords(RECORD_TYPE.handshake, messages.length === 1 ? messages[0]! : Buffer.concat(messages))
    },
    sendChangeCipherSpec: (): void => {
      this.#outgoing.push(CHANGE_CIPHER_SPEC)
    },
    protectWriting: (protection: RecordProtection): void => {
      this.#writing?.dispose()
      this.#writing = protection
    },
    protectReading: (protection: RecordProtection): void => {
      this.#reading?.dispose()
      this.#reading = protection
    },
    complete: (result: HandshakeResult): void => {
      this.#result = result
      this.#handshake.dispose()
    },
  }
}

const ALERT_WARNING = 1
const ALERT_FATAL = 2
const MAX_WARNINGS = 4
const CHANGE_CIPHER_SPEC = Buffer.of(RECORD_TYPE.changeCipherSpec, 3, 3, 0, 1, 1)
