import { CryptoError } from './errors.ts'

/** Lower-case hex. */
export function hexEncode(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16)
  return text
}

/** Bytes of a hex text, either case. @throws CryptoError `invalid-encoding` */
export function hexDecode(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0) throw new CryptoError('invalid-encoding', 'Invalid hex string length')
  if (!/^[0-9a-f]*$/i.test(text)) throw new CryptoError('invalid-encoding', 'Invalid hex string')
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
