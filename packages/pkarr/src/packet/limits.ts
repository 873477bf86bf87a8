/** Bytes of a DNS message in a packet: the limit of BEP 44. */
export const MAX_DNS_LENGTH = 1000
/**
 * The largest DNS message we build. libtorrent, most of the live DHT, counts the `996:` of the bencoded string in, so
 * longer ones find few nodes (spec 04 §1.4, `#sizeLimits`).
 */
export const MAX_BUILT_DNS_LENGTH = 996
/** Signature and timestamp before the DNS message of a relay payload. */
export const PAYLOAD_HEADER_LENGTH = 72
/** Public key, signature and timestamp before the DNS message of a packet. */
export const PACKET_HEADER_LENGTH = 104
/** The longest packet, 1104 bytes. */
export const MAX_PACKET_LENGTH = PACKET_HEADER_LENGTH + MAX_DNS_LENGTH
/** First microsecond of the year 10000: no HTTP date can express it (spec 04 §1.7). */
export const TIMESTAMP_END = 253_402_300_800_000_000n
/** How far ahead of the clock a published timestamp may be; such a packet locks its owner out until then. */
export const MAX_FUTURE_MICROSECONDS = 24n * 3600n * 1_000_000n
/** Default bounds for how long a packet is fresh, in seconds (spec 04 §1.9). */
export const DEFAULT_MINIMUM_TTL = 300
export const DEFAULT_MAXIMUM_TTL = 86_400
