/** What one call of the platform's generator may fill. */
const MAX_CHUNK = 65_536

/** Bytes from the platform's cryptographic random generator. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let offset = 0; offset < length; offset += MAX_CHUNK) {
    crypto.getRandomValues(bytes.subarray(offset, offset + MAX_CHUNK))
  }
  return bytes
}
