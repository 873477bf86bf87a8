import { decodeClientHello } from '../src/client-hello.ts'
import { LEGACY_VERSION, MESSAGE_TYPE, RECORD_TYPE } from '../src/constants.ts'
import { extension, handshakeMessage, u16, vector8, vector16 } from '../src/writer.ts'

export interface HelloParts {
  random: Buffer
  sessionId: Buffer
  suites: number[]
  compressions: Buffer
  /** In wire order; a type may occur twice. */
  extensions: [type: number, content: Buffer][]
}

/** A ClientHello message with some of its parts changed, lengths kept right. */
export function editHello(message: Buffer, edit: (parts: HelloParts) => void): Buffer {
  const hello = decodeClientHello(message)
  const parts: HelloParts = { ...hello, suites: [...hello.suites], extensions: [...hello.extensions] }
  edit(parts)
  return handshakeMessage(
    MESSAGE_TYPE.clientHello,
    u16(LEGACY_VERSION),
    parts.random,
    vector8(parts.sessionId),
    vector16(...parts.suites.map(u16)),
    vector8(parts.compressions),
    vector16(...parts.extensions.map(([type, content]) => extension(type, content))),
  )
}

/** Replaces the content of an extension, or removes the extension. */
export function setExtension(parts: HelloParts, type: number, content: Buffer | undefined): void {
  const index = parts.extensions.findIndex(([present]) => present === type)
  if (content === undefined) {
    if (index >= 0) parts.extensions.splice(index, 1)
  } else if (index >= 0) {
    parts.extensions[index] = [type, content]
  } else {
    parts.extensions.push([type, content])
  }
}

/** A handshake message in one plaintext record. */
export function plainHandshakeRecord(message: Buffer): Buffer {
  return plainRecord(RECORD_TYPE.handshake, message)
}

export function plainRecord(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type, 3, 3), vector16(content)])
}

/** The records in a run of bytes. */
export function splitRecords(
  bytes: Buffer,
): { readonly type: number; readonly content: Buffer; readonly whole: Buffer }[] {
  const records = []
  for (let offset = 0; offset < bytes.length; ) {
    const end = offset + 5 + bytes.readUInt16BE(offset + 3)
    const whole = bytes.subarray(offset, end)
    records.push({ type: whole[0]!, content: whole.subarray(5), whole })
    offset = end
  }
  return records
}
