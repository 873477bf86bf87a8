/** The preface by which a proxy tells the address of its client: PROXY protocol v1 and v2 (spec 02 §12.3). */
import { isIPv4, isIPv6 } from 'node:net'

/** What the first bytes of a connection say. */
export type ProxyPreface =
  /** `length` bytes belong to the preface. */
  | { readonly kind: 'complete'; readonly address: string; readonly length: number }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed' }

/** No preface is longer. */
const MAX_PREFACE_BYTES = 4096
const MAX_V1_BYTES = 107
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const V2_HEAD_BYTES = 16
/** Version 2, command PROXY. */
const V2_PROXY = 0x21
const V2_STREAM_IPV4 = 0x11
const V2_STREAM_IPV6 = 0x21
const INCOMPLETE: ProxyPreface = { kind: 'incomplete' }
const MALFORMED: ProxyPreface = { kind: 'malformed' }

/** Reads the preface at the start of `bytes`. Total: whatever comes in, one of the three answers comes out. */
export function parseProxyPreface(bytes: Buffer): ProxyPreface {
  switch (bytes[0]) {
    case undefined:
      return INCOMPLETE
    case 0x50:
      return parseV1(bytes)
    case 0x0d:
      return parseV2(bytes)
    default:
      return MALFORMED
  }
}

function parseV1(bytes: Buffer): ProxyPreface {
  const end = bytes.subarray(0, MAX_V1_BYTES).indexOf('\r\n')
  if (end < 0) return bytes.length >= MAX_V1_BYTES ? MALFORMED : INCOMPLETE
  const [proxy, family, source = '', destination = '', ...ports] = bytes.toString('latin1', 0, end).split(' ')
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isBareIPv6 : undefined
  const isWellFormed =
    proxy === 'PROXY' &&
    isAddress !== undefined &&
    isAddress(source) &&
    isAddress(destination) &&
    ports.length === 2 &&
    ports.every((port) => /^(?:0|[1-9]\d{0,4})$/.test(port) && Number(port) <= 65_535)
  return isWellFormed ? { kind: 'complete', address: source, length: end + 2 } : MALFORMED
}

function parseV2(bytes: Buffer): ProxyPreface {
  const known = Math.min(bytes.length, V2_SIGNATURE.length)
  if (!bytes.subarray(0, known).equals(V2_SIGNATURE.subarray(0, known))) return MALFORMED
  if (bytes.length < V2_HEAD_BYTES) return INCOMPLETE
  const length = V2_HEAD_BYTES + bytes.readUInt16BE(14)
  const family = bytes[13]
  const addressBytes = family === V2_STREAM_IPV4 ? 12 : family === V2_STREAM_IPV6 ? 36 : undefined
  if (bytes[12] !== V2_PROXY || addressBytes === undefined) return MALFORMED
  if (length > MAX_PREFACE_BYTES || length < V2_HEAD_BYTES + addressBytes) return MALFORMED
  if (bytes.length < length) return INCOMPLETE
  const source = bytes.subarray(V2_HEAD_BYTES, V2_HEAD_BYTES + (family === V2_STREAM_IPV4 ? 4 : 16))
  return { kind: 'complete', address: formatAddress(source), length }
}

function isBareIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%')
}

function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  )
  return groups.join(':')
}
