let lastSecond = -1
let lastText = ''

/** IMF-fixdate of a time in microseconds; most calls ask for the second of the one before. */
export function httpDate(micros: number): string {
  const second = Math.floor(micros / 1_000_000)
  if (second !== lastSecond) {
    lastText = new Date(second * 1_000).toUTCString()
    lastSecond = second
  }
  return lastText
}

/** The strong validator of some content: its BLAKE3-256 in standard base64, quoted (spec 02 §10.2). */
export function etagOf(hash: Uint8Array): string {
  return `"${Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString('base64')}"`
}
