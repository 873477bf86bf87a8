/** 4 bytes as dotted decimal. */
export function ipv4ToText(bytes: Uint8Array): string {
  return bytes.join('.')
}

/** 16 bytes in the form of RFC 5952: lower case, the longest run of zero groups as `::`. */
export function ipv6ToText(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, index) => bytes[index * 2]! * 0x100 + bytes[index * 2 + 1]!)
  const [start, length] = longestZeroRun(words)
  const hex = words.map((word) => word.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

function longestZeroRun(words: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0]
  for (let start = 0; start < words.length; start += 1) {
    let end = start
    while (words[end] === 0) end += 1
    if (end - start > best[1]) best = [start, end - start]
  }
  return best
}
