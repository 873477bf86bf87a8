import { MESSAGE_HEADER_LENGTH } from './constants.ts'

export function u8(value: number): Buffer {
  return Buffer.of(value)
}

export function u16(value: number): Buffer {
  return Buffer.of(value >>> 8, value & 0xff)
}

/** The parts behind an 8-bit length. */
export function vector8(...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([u8(body.length), body])
}

/** The parts behind a 16-bit length. */
export function vector16(...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([u16(body.length), body])
}

/** The parts behind a 24-bit length. */
export function vector24(...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(body.length >>> 16, (body.length >>> 8) & 0xff, body.length & 0xff), body])
}

/** One extension: type, then the content behind its length. */
export function extension(type: number, ...content: readonly Uint8Array[]): Buffer {
  return Buffer.concat([u16(type), vector16(...content)])
}

/** A handshake message: type, 24-bit length, body. */
export function handshakeMessage(type: number, ...body: readonly Uint8Array[]): Buffer {
  const message = Buffer.concat([Buffer.alloc(MESSAGE_HEADER_LENGTH), ...body])
  message[0] = type
  message.writeUIntBE(message.length - MESSAGE_HEADER_LENGTH, 1, 3)
  return message
}
