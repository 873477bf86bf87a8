/** 4 bytes as dotted decimal. */
export function ipv4ToText(bytes: Uint8Array): string {
  return bytes.join('.')
}

/** 16 bytes in the form of RFC 5952, which is that of hosts in URLs: lower case, the longest run of zeros as `::`. */
export function ipv6ToText(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[index * 2]! * 256 + bytes[index * 2 + 1]!).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
